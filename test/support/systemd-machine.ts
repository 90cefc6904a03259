import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Argv, systemExec } from '../../src/system/exec.ts';
import { bring, lab, noteMade, type Ran, type RunOptions, ran, repository } from './lab.ts';

/** A login that lasts until it is ended. */
export interface Session {
  /** Logs out and resolves when the session is closed. */
  logout(): Promise<void>;
}

/** A booted systemd machine with logind; its user `bob` (1000) has no password. */
export interface Machine {
  name: string;
  /** Its root directory, seen from here. */
  root: string;
  /** `/usr/local/bin/node` inside. */
  node: string;
  /** Runs argv as its root. */
  run(argv: Argv, options?: RunOptions): Promise<Ran>;
  must(argv: Argv, options?: RunOptions): Promise<string>;
  /** Runs argv in a PAM login session of its own; logout is when it ends. */
  login(user: string, argv: Argv, options?: RunOptions): Promise<Ran>;
  /** Logs `user` in and stays. */
  session(user: string): Promise<Session>;
  /** Its first process, as seen from here: it changes at every reboot. */
  leader(): Promise<number>;
  reboot(): Promise<void>;
  /** Copies entries of the repository to `/opt/memoryd`, readable by all. */
  bring(entries: readonly string[]): Promise<string>;
}

const script = join(repository, 'scripts', 'lab', 'systemd-machine.sh');

async function session(name: string, user: string): Promise<Session> {
  // The shell waits for its input to end; `user` is an argument, not a word of the script.
  const child = spawn('bash', [script, 'login', name, user, 'sh', '-c', 'echo in; cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([
    once(lines, 'line').then(([line]) => line),
    exited.then(() => undefined),
  ]);
  if (first !== 'in') throw new Error(`${user} could not log in`);
  return {
    async logout() {
      child.stdin.end();
      await exited;
    },
  };
}

function makeMachine(name: string, root: string): Machine {
  const call = async (verb: string[], argv: Argv, options?: RunOptions): Promise<Ran> => {
    const { env = {}, ...rest } = options ?? {};
    const pairs = Object.entries(env).map(([key, value]) => `${key}=${value}`);
    return ran(argv, await systemExec.run(['bash', script, ...verb, 'env', ...pairs, ...argv], rest));
  };
  const run: Machine['run'] = (argv, options) => call(['sh', name], argv, options);
  return {
    name,
    root,
    node: '/usr/local/bin/node',
    run,
    async must(argv, options) {
      const { code, stdout, stderr } = await run(argv, options);
      if (code !== 0) throw new Error(`${argv.join(' ')}: exit ${code}: ${stderr}`);
      return stdout;
    },
    login: (user, argv, options) => call(['login', name, user], argv, options),
    session: (user) => session(name, user),
    leader: async () => Number(await lab('systemd-machine.sh', ['leader', name])),
    async reboot() {
      await lab('systemd-machine.sh', ['reboot', name]);
    },
    async bring(entries) {
      await bring(entries, join(root, 'opt', 'memoryd'));
      await run(['chmod', '-R', 'a+rX', '/opt/memoryd']);
      return '/opt/memoryd';
    },
  };
}

/** Machines of test processes that were killed before they could clean up. */
async function sweep(): Promise<void> {
  const directory = join(process.env.MEMORYD_LAB ?? '/var/tmp/memoryd-lab', 'machines');
  const running = new Set(await readdir('/proc'));
  const left = (await readdir(directory).catch(() => [] as string[])).filter((name) => {
    const pid = /^mdt(\d+)x\d+$/.exec(name)?.[1];
    return pid !== undefined && !running.has(pid);
  });
  for (const name of left) await lab('systemd-machine.sh', ['down', name]);
}

let count = 0;

/**
 * Boots a machine of its own, hands it to `body`, and takes it away again. The root file system below all of them is
 * built once (about 40 s). Needs what `needsMachine` tells.
 */
export async function withMachine<T>(body: (machine: Machine) => Promise<T>): Promise<T> {
  if (count === 0) await sweep();
  count += 1;
  const name = `mdt${process.pid}x${count}`;
  noteMade(name);
  await lab('systemd-machine.sh', ['base'], 600_000);
  try {
    const machine = makeMachine(name, await lab('systemd-machine.sh', ['up', name]));
    await copyFile(process.execPath, join(machine.root, machine.node));
    await chmod(join(machine.root, machine.node), 0o755);
    return await body(machine);
  } finally {
    await lab('systemd-machine.sh', ['down', name]);
  }
}
