// Three layers of health, each told apart, and what a start makes of what is wrong with them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, it } from 'node:test';
import type { ServiceStatus } from '../../src/service/status.ts';
import type { Cli } from '../support/cli.ts';
import { withCli } from '../support/installed.ts';
import { needsUserManager, type Skip } from '../support/machine-needs.ts';
import { withStandaloneHome } from '../support/standalone-user.ts';
import { until } from '../support/until.ts';

/** Somebody's shell, as the user who has the service. */
interface Shell {
  cli: Cli;
  read(path: string): Promise<string>;
  write(path: string, content: string): Promise<void>;
  remove(path: string): Promise<void>;
}

interface World {
  name: string;
  skip: Skip;
  flags: string[];
  run(body: (shell: Shell) => Promise<void>): Promise<void>;
}

const worlds: World[] = [
  {
    name: 'standalone',
    skip: process.platform === 'win32' ? 'Windows has no standalone backend' : false,
    flags: ['--backend', 'standalone', '--no-login'],
    run: (body) =>
      withStandaloneHome(async (cli) => {
        const { readFile, rm, writeFile } = await import('node:fs/promises');
        const read = (path: string) => readFile(path, 'utf8');
        await body({ cli, read, write: writeFile, remove: rm });
      }),
  },
  {
    name: 'systemd',
    skip: needsUserManager,
    flags: [],
    run: (body) =>
      withCli(async (user, cli) => {
        const remove = async (path: string) => void (await user.must(['rm', path]));
        await body({ cli, read: (path) => user.must(['cat', path]), write: user.write, remove });
      })(),
  },
];

interface Trouble {
  name: string;
  /** Makes it, given how the service was. */
  make(shell: Shell, before: ServiceStatus, endpoint: string): Promise<void>;
  layers: Partial<ServiceStatus['layers']>;
  /** Whether the process that was there could have gone on. */
  restarts: boolean;
}

const troubles: Trouble[] = [
  {
    name: 'a host that stands still',
    make: async (_shell, { endpoint }) => void process.kill(endpoint?.pid ?? 0, 'SIGSTOP'),
    layers: { endpoint: 'found', process: 'unknown', http: 'not-asked' },
    restarts: true,
  },
  {
    name: 'a corrupt endpoint file',
    make: ({ write }, _before, path) => write(path, '{"schema":1,"pi'),
    layers: { endpoint: 'invalid', process: 'unknown', http: 'not-asked' },
    restarts: true,
  },
  {
    name: 'an endpoint file that was taken away',
    make: ({ remove }, _before, path) => remove(path),
    layers: { endpoint: 'absent', process: 'gone', http: 'not-asked' },
    restarts: true,
  },
  {
    name: "an endpoint file with a stranger's port",
    async make({ read, write }, _before, path) {
      const stranger = createServer((_request, response) => response.end('{"status":"ok"}'));
      stranger.listen(0, '127.0.0.1').unref();
      await once(stranger, 'listening');
      const { port } = stranger.address() as { port: number };
      const endpoint = JSON.parse(await read(path));
      await write(path, JSON.stringify({ ...endpoint, port, url: `http://127.0.0.1:${port}` }));
    },
    layers: { endpoint: 'found', process: 'identified', http: 'stranger' },
    restarts: true,
  },
  {
    name: "an endpoint file of a pid that is somebody else's now",
    async make({ read, write }, _before, path) {
      const endpoint = JSON.parse(await read(path));
      await write(path, JSON.stringify({ ...endpoint, pid: process.pid, nonce: 'of-another-run' }));
    },
    layers: { endpoint: 'stale', process: 'gone', http: 'not-asked' },
    restarts: true,
  },
  {
    name: 'nothing',
    make: async () => undefined,
    layers: { endpoint: 'found', process: 'identified', http: 'healthy' },
    restarts: false,
  },
];

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

// Nearly all of it is waiting for deadlines, so it waits for all of them at the same time.
describe('an unresponsive service', { concurrency: true }, () => {
  for (const { name, skip, flags, run } of worlds) {
    describe(`${name}: status tells the layers apart, and start heals`, { skip, concurrency: 1 }, () => {
      it('each in turn', () =>
        run(async (shell) => {
          const { cli } = shell;
          await cli.must(['install', ...flags]);
          for (const trouble of troubles) {
            const before = await cli.status();
            assert.equal(before.healthy, true, trouble.name);
            await trouble.make(shell, before, `${before.paths.runtime}/memory.json`);
            const { stdout } = await cli.run(['status', 'memory', '--json', '--fast']);
            const [seen] = (JSON.parse(stdout) as { services: ServiceStatus[] }).services;
            assert.deepEqual(seen?.layers, trouble.layers, trouble.name);
            const { did } = JSON.parse(await cli.must(['start', '--json'])) as { did: string };
            assert.equal(did, trouble.restarts ? 'recovered' : 'nothing', trouble.name);
            const after = await cli.status();
            assert.equal(after.healthy, true, trouble.name);
            assert.equal(after.endpoint?.pid === before.endpoint?.pid, !trouble.restarts, trouble.name);
            if (trouble.restarts && before.endpoint !== null)
              await until('the one before is gone', () => isGone(before.endpoint?.pid ?? 0));
          }
          await cli.must(['uninstall']);
        }));

      it('what is down is started', () =>
        run(async ({ cli }) => {
          await cli.must(['install', ...flags]);
          await cli.must(['stop']);
          const stopped = await cli.status();
          assert.equal(stopped.state, 'stopped');
          assert.equal(stopped.layers.endpoint, 'absent');
          const { did } = JSON.parse(await cli.must(['start', '--json'])) as { did: string };
          assert.equal(did, 'start');
          assert.equal((await cli.status()).healthy, true);
          await cli.must(['uninstall']);
        }));
    });
  }

  it('systemd restarts by itself what is alive and hangs', { skip: needsUserManager }, () =>
    withCli(async (user, cli) => {
      await cli.must(['install']);
      const folder = `${user.home}/.config/systemd/user/memoryd-memory.service.d`;
      await user.must(['mkdir', '-p', folder]);
      await user.write(`${folder}/soon.conf`, '[Service]\nWatchdogSec=3\n');
      await cli.must(['restart']);
      const { endpoint } = await cli.status();
      // It says that it lives for longer than it may be silent.
      const until9s = performance.now() + 9000;
      await until('nine seconds are over', () => performance.now() > until9s);
      assert.equal((await cli.status()).endpoint?.pid, endpoint?.pid);
      process.kill(endpoint?.pid ?? 0, 'SIGSTOP');
      await until('another one answers', async () => {
        const now = await cli.status();
        return now.healthy && now.endpoint?.pid !== endpoint?.pid;
      });
    })(),
  );
});
