// Another user takes the port of a service that is stopped, restarted, killed or upgraded. Our own clients are at work
// meanwhile; none of them sends the token to whoever has the port.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/client';
import { StreamTransport } from '../../src/bridge/stream-transport.ts';
import { type Cli, cliIn, packageEntries, rebuild } from '../support/cli.ts';
import { needsUserManager } from '../support/machine-needs.ts';
import { PortThief } from '../support/port-thief.ts';
import { until } from '../support/until.ts';
import { type LabUser, withUserManager } from '../support/user-manager.ts';

const stops = Number(process.env.MEMORYD_TEST_STOPS ?? 20);
/** The SDK's transport opens a broken event stream again after a second. */
const heldMs = 1300;
const backends = ['systemd', 'standalone'];

interface Bridge {
  client: Client;
  end(): Promise<void>;
}

/** A real `memoryd bridge` of the user, with a client that has used it. */
async function openBridge(user: LabUser, cli: Cli, mode: 'legacy' | { pin: string }): Promise<Bridge> {
  const child = user.spawn([user.node, cli.entry, 'bridge']);
  child.stderr.resume();
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(new StreamTransport(child.stdout, child.stdin, () => undefined));
  return {
    client,
    async end() {
      child.stdin.end();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await client.close();
    },
  };
}

/** A bridge that starts right now, and a command that looks: they end when they will. */
async function startClients(user: LabUser, cli: Cli): Promise<unknown> {
  const child = user.spawn([user.node, cli.entry, 'bridge']);
  child.stdout.resume();
  child.stderr.resume();
  const params = {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'late', version: '1' },
  };
  child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })}\n`);
  const looked = cli.run(['status']);
  await delay(heldMs);
  child.stdin.end();
  const killed = delay(15_000, undefined, { ref: false }).then(() => child.kill('SIGKILL'));
  await Promise.race([once(child, 'exit'), killed]);
  return looked;
}

interface Scene {
  owner: LabUser;
  mallory: LabUser;
  cli: Cli;
  thief: PortThief;
  bridges: Bridge[];
  port(): Promise<number>;
  /** Remembers the token there is now. */
  note(): Promise<void>;
  /** Throws when any token of the service has reached the thief. */
  nothingTaken(): Promise<number>;
}

async function withScene(backend: string, body: (scene: Scene) => Promise<void>): Promise<void> {
  await withUserManager((owner) =>
    withUserManager(async (mallory) => {
      const cli = cliIn(owner, await owner.bring(packageEntries));
      const flags = backend === 'standalone' ? ['--backend', backend, '--no-login'] : [];
      await cli.must(['install', ...flags]);
      await using thief = await PortThief.of(mallory);
      const { paths } = await cli.status();
      const tokens = new Set<string>();
      const bridges: Bridge[] = [];
      try {
        for (const mode of ['legacy', { pin: '2026-07-28' }] as const)
          bridges.push(await openBridge(owner, cli, mode));
        await body({
          owner,
          mallory,
          cli,
          thief,
          bridges,
          port: async () => (await cli.status()).endpoint?.port ?? assert.fail('nothing answers'),
          async note() {
            tokens.add((await readFile(paths.token, 'utf8')).trim());
          },
          async nothingTaken() {
            const { connections, bytes } = await thief.loot();
            const text = bytes.toString('latin1');
            for (const token of tokens)
              assert.ok(!text.includes(token), 'the token was sent to another user');
            assert.doesNotMatch(text, /authorization|bearer|tools\/list/i);
            return connections;
          },
        });
      } finally {
        for (const bridge of bridges) await bridge.end();
        await cli.run(['uninstall', '--purge', '--yes']);
      }
    }),
  );
}

const listTools = ({ bridges }: Scene) => Promise.all(bridges.map(({ client }) => client.listTools()));

// Most of a round is spent waiting, so the two backends take theirs at the same time.
describe('another user on the port', { skip: needsUserManager, concurrency: 2 }, () => {
  for (const backend of backends) {
    it(`X05 ${stops} stops, another user on the port, bridges and commands at work: no token is sent (${backend})`, () =>
      withScene(backend, async (scene) => {
        const { owner, cli, thief } = scene;
        await listTools(scene);
        for (let stop = 0; stop < stops; stop += 1) {
          await scene.note();
          const taken = thief.take(await scene.port());
          const stopped = cli.must(['stop']);
          const clients = startClients(owner, cli);
          await Promise.all([stopped, taken]);
          const asked = listTools(scene);
          // Looked at last, whichever way it ends: what reached the attacker is the question.
          asked.catch(() => undefined);
          await Promise.all([delay(heldMs), clients]);
          await scene.nothingTaken();
          await thief.drop();
          await cli.must(['start']);
          // It may have been told that the daemon is gone; from now on the same bridges must work again.
          await Promise.allSettled([asked]);
          await listTools(scene);
        }
      }));
  }

  for (const backend of backends) {
    it(`X05 restart, crash and upgrade under an attacker that polls the port: no token is sent (${backend})`, () =>
      withScene(backend, async (scene) => {
        const { owner, cli, thief } = scene;
        const attack = async (what: () => Promise<unknown>) => {
          await scene.note();
          void thief.take(await scene.port());
          const clients = startClients(owner, cli);
          await what();
          await Promise.all([clients, listTools(scene)]);
          await scene.note();
          await scene.nothingTaken();
          await thief.drop();
        };
        await attack(() => cli.must(['restart']));
        await attack(async () => {
          const { endpoint } = await cli.status();
          await owner.must(['kill', '-9', String(endpoint?.pid)]);
          await until('it is back', async () => {
            const now = await cli.status();
            return now.healthy && now.endpoint?.pid !== endpoint?.pid;
          });
        });
        await attack(async () => {
          const directory = await owner.bring(packageEntries);
          await rebuild(directory, 'feedf00d');
          await cli.must(['install']);
        });
      }));
  }

  for (const backend of backends) {
    it(`X05 a start that finds its port with another user replaces the token, until acknowledged (${backend})`, () =>
      withScene(backend, async (scene) => {
        const { cli, thief } = scene;
        const { paths } = await cli.status();
        const tokenNow = async () => (await readFile(paths.token, 'utf8')).trim();
        const old = await tokenNow();
        const port = await scene.port();
        await scene.note();
        await Promise.all([cli.must(['stop']), thief.take(port)]);
        await cli.must(['start']);
        await scene.note();
        const replaced = await tokenNow();
        assert.notEqual(replaced, old);
        assert.notEqual(await scene.port(), port);
        await listTools(scene);
        await scene.nothingTaken();
        const { endpoint, notes } = await cli.status();
        const held = new RegExp(`port ${port} was held by another user \\(uid ${scene.mallory.uid}\\)`);
        const note = notes.find(({ text }) => held.test(text));
        assert.equal(note?.hint, 'memoryd token memory');
        assert.match(await cli.must(['logs']), /token\.replaced/);
        const post = { method: 'POST', headers: { authorization: `Bearer ${old}` }, body: '{}' };
        assert.equal((await fetch(`${endpoint?.url}/mcp`, post)).status, 401);

        await cli.must(['restart']);
        assert.equal(await tokenNow(), replaced, 'it is replaced once');
        const shown = await cli.run(['token']);
        assert.equal(shown.stdout.trim(), paths.token);
        assert.match(shown.stderr, held);
        await cli.must(['token', '--acknowledge']);
        assert.ok(!(await cli.status()).notes.some(({ text }) => held.test(text)));

        assert.match(await cli.must(['token', '--rotate', '--dry-run']), /a new token/);
        assert.equal(await tokenNow(), replaced);
        await cli.must(['token', '--rotate']);
        assert.notEqual(await tokenNow(), replaced);
        await listTools(scene);
      }));
  }
});
