/** The stand-in for pid 1: keeps the jobs, answers launchctl and the test that started it, over one socket. */
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { answer } from './commands.ts';
import type { Faults, Session, SimulatorOptions } from './options.ts';
import type { Reply } from './target.ts';
import { World } from './world.ts';

/** One call of launchctl, as it came. */
export interface Call {
  argv: string[];
  code: number | 'hung';
}

/** What a test may ask of it. */
export type Control =
  | { control: 'calls' }
  | { control: 'forget-calls' }
  | { control: 'faults'; faults: Partial<Faults> }
  | { control: 'login'; session: Session }
  | { control: 'settle' }
  | { control: 'logout' }
  | { control: 'reboot' }
  | { control: 'system-job'; label: string }
  | { control: 'stop' };

type Request = Control | { argv: string[] };

const options = JSON.parse(process.argv[2] ?? '{}') as SimulatorOptions;
const [socketPath = ''] = process.argv.slice(3);
const world = new World(options);
let calls: Call[] = [];

async function control(request: Control): Promise<unknown> {
  switch (request.control) {
    case 'calls':
      return calls;
    case 'forget-calls':
      calls = [];
      return null;
    case 'faults':
      Object.assign(world.faults, request.faults);
      return null;
    case 'login':
      return world.begin(request.session) ?? null;
    case 'settle':
      return world.settle() ?? null;
    case 'logout':
      return (await world.logout()) ?? null;
    case 'system-job':
      world.systemLabels.add(request.label);
      return null;
    case 'reboot':
    case 'stop':
      return (await world.reboot()) ?? null;
  }
}

/** `undefined` for a call that is never answered. */
function launchctl(argv: string[]): Reply | undefined {
  if (world.faults.hang) {
    calls.push({ argv, code: 'hung' });
    return undefined;
  }
  const reply = answer(world, argv);
  calls.push({ argv, code: reply.code });
  return reply;
}

async function serve(socket: Socket, line: string): Promise<void> {
  const request = JSON.parse(line) as Request;
  const reply = 'control' in request ? await control(request) : launchctl(request.argv);
  if (reply !== undefined) socket.end(`${JSON.stringify(reply)}\n`);
  if ('control' in request && request.control === 'stop') process.exit(0);
}

const server = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  const lines = createInterface({ input: socket });
  // The interface emits the errors of its input too: a launchctl that was killed must not end launchd.
  lines.on('error', () => socket.destroy());
  lines.once('line', (line) => void serve(socket, line));
});
server.listen(socketPath, () => console.log('ready'));

// The test has gone, however it went: nothing of ours stays.
process.stdin.resume();
process.stdin.once('close', () => void world.reboot().finally(() => process.exit(0)));
