// Strangers that hold every TCP connection do not take the service from its owner: a real second user opens 20,000.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { Agent, request } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/client';
import { StreamTransport } from '../../src/bridge/stream-transport.ts';
import type { Argv } from '../../src/system/exec.ts';
import type { Cli } from '../support/cli.ts';
import { attackerUid, Flood } from '../support/flood.ts';
import { tokenOf, withCli } from '../support/installed.ts';
import { needsUserManager, type Skip } from '../support/machine-needs.ts';
import { withStandaloneHome } from '../support/standalone-user.ts';
import { until } from '../support/until.ts';
import type { LabUser } from '../support/user-manager.ts';

/** Argv that runs a command as the owner of the service, in the owner's environment. */
type AsOwner = (argv: Argv) => Argv;

interface World {
  name: string;
  skip: Skip;
  flags: readonly string[];
  run(body: (cli: Cli, node: string, asOwner: AsOwner) => Promise<void>): Promise<void>;
}

function asUser({ uid, gid, home }: LabUser): AsOwner {
  const env = [`HOME=${home}`, `XDG_RUNTIME_DIR=/run/user/${uid}`, 'PATH=/usr/bin:/bin'];
  return (argv) => [
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    'env',
    '-i',
    ...env,
    ...argv,
  ];
}

const needsRoot: Skip =
  process.platform === 'linux' && process.getuid?.() === 0 ? false : 'needs root on Linux, for a second user';
const worlds: World[] = [
  {
    name: 'systemd',
    skip: needsUserManager,
    flags: [],
    run: (body) => withCli((user, cli) => body(cli, user.node, asUser(user)))(),
  },
  {
    name: 'standalone',
    skip: needsRoot,
    flags: ['--backend', 'standalone', '--no-login'],
    run: (body) =>
      withStandaloneHome((cli, _home, env) => {
        const pairs = Object.entries(env).map(([key, value]) => `${key}=${value}`);
        return body(cli, process.execPath, (argv) => ['env', '-i', ...pairs, ...argv]);
      }),
  },
];

const processes = 4;
const each = 5000;

/** Asks once a poll over one connection that stays open, with the token. Gives what went wrong, which should be nothing. */
class SteadyClient implements AsyncDisposable {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #ask: () => Promise<{ status: number; reused: boolean }>;
  readonly #running: Promise<void>;
  readonly trouble: string[] = [];
  answers = 0;
  #over = false;

  constructor(url: string, token: string) {
    const { hostname, port } = new URL(url);
    const headers = { authorization: `Bearer ${token}` };
    this.#ask = () =>
      new Promise((resolve, reject) => {
        const sent = request({ hostname, port, path: '/readyz', agent: this.#agent, headers }, (response) => {
          response.on('error', reject).on('end', () => {
            resolve({ status: response.statusCode ?? 0, reused: sent.reusedSocket });
          });
          response.resume();
        });
        sent.on('error', reject).end();
      });
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    while (!this.#over) {
      try {
        const { status, reused } = await this.#ask();
        if (status !== 200) this.trouble.push(`status ${status}`);
        if (this.answers > 0 && !reused) this.trouble.push('it needed another connection');
        this.answers += 1;
      } catch (error) {
        this.trouble.push(String(error));
      }
      await delay(100);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    await this.#running;
    this.#agent.destroy();
  }
}

/** One tool call over a bridge that the owner starts now. */
async function callOverBridge([command, ...args]: Argv, content: string): Promise<void> {
  const bridge = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const client = new Client({ name: 'flooded', version: '1' });
  try {
    await client.connect(new StreamTransport(bridge.stdout, bridge.stdin, (line) => assert.fail(line)));
    const stored = await client.callTool({ name: 'store_memory', arguments: { content } });
    assert.notEqual(stored.isError, true, JSON.stringify(stored));
  } finally {
    await client.close();
    bridge.stdin.end();
    if (bridge.exitCode === null) await new Promise((resolve) => bridge.once('exit', resolve));
  }
}

async function timed<T>(t: TestContext, what: string, work: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  const result = await work();
  t.diagnostic(`${what}: ${Math.round(performance.now() - begun)} ms`);
  return result;
}

async function overloadLines(cli: Cli): Promise<{ time: string; event: string }[]> {
  const text = await cli.must(['logs', '--json', '-n', '1000']);
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { time: string; event: string });
  return lines.filter(({ event }) => event === 'connections.overloaded');
}

for (const world of worlds) {
  describe(`on ${world.name}`, { skip: world.skip }, () => {
    it('20,000 silent connections of another user: status, bridge and stop work, and memory comes back', (t) =>
      world.run(async (cli, node, asOwner) => {
        await cli.must(['install', ...world.flags]);
        const bridge = asOwner([node, cli.entry, 'bridge']);
        await callOverBridge(bridge, 'before the flood');
        const before = await cli.status();
        const url = before.endpoint?.url ?? assert.fail('nothing answers');
        await using steady = new SteadyClient(url, await tokenOf(cli));
        await until('it was answered', () => steady.answers > 1);
        {
          const flood = { port: before.endpoint?.port ?? 0, processes, each, reopen: true, uid: attackerUid };
          await using _flood = await Flood.start(flood);
          const seen = await timed(t, 'status --json', () => cli.status());
          assert.equal(seen.state, 'running');
          const { users, anonymous, anonymousLimit } = seen.connections ?? assert.fail('no connections');
          assert.equal(users?.[0]?.uid, attackerUid);
          assert.ok(anonymous <= anonymousLimit);
          const text = await timed(t, 'status', async () => (await cli.run(['status'])).stdout);
          assert.match(
            text,
            new RegExp(`\\d+ of ${anonymousLimit} connection places are held by user ${attackerUid}`),
          );
          await timed(t, 'a tool call over a new bridge', () => callOverBridge(bridge, 'during the flood'));
          const begun = performance.now();
          await cli.status();
          assert.ok(performance.now() - begun < 5000, 'status takes longer than 5 s');
          assert.equal((await overloadLines(cli)).length >= 1, true);
          t.diagnostic(
            `memory: ${before.memoryBytes} before, ${(await cli.status()).memoryBytes} in the flood`,
          );
        }
        const most = (before.memoryBytes ?? 0) * 1.5;
        const after = await until(
          'memory is back',
          async () => {
            const { memoryBytes, notes } = await cli.status();
            if (memoryBytes === null || memoryBytes > most) throw new Error(`${memoryBytes} bytes`);
            return notes.some(({ text }) => text.includes('connection places')) ? undefined : memoryBytes;
          },
          60_000,
        );
        t.diagnostic(`memory: ${after} afterwards`);
        assert.ok(steady.answers > 10);
        assert.deepEqual(steady.trouble, []);
        const times = (await overloadLines(cli)).map(({ time }) => Date.parse(time));
        for (const [at, time] of times.entries())
          assert.ok(at === 0 || time - (times[at - 1] ?? 0) > 50_000, 'more than one line a minute');
        {
          await using _flood = await Flood.start({
            port: before.endpoint?.port ?? 0,
            processes,
            each: 1000,
            reopen: true,
            uid: attackerUid,
          });
          await timed(t, 'stop', () => cli.must(['stop']));
          assert.equal((await cli.status()).state, 'stopped');
        }
      }));
  });
}
