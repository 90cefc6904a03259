// What the environment of a manager or a shell could do to our own processes, and what it does.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { Cli } from '../support/cli.ts';
import { freePort } from '../support/host-home.ts';
import { withCli } from '../support/installed.ts';
import { missingTools, needsUserManager } from '../support/machine-needs.ts';
import { withStandaloneHome } from '../support/standalone-user.ts';
import { until } from '../support/until.ts';

const linux = process.platform === 'linux' ? false : 'reads /proc';

async function assertClosed(port: number): Promise<void> {
  const refused = await new Promise<string | undefined>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
  });
  assert.equal(refused, 'ECONNREFUSED', 'a debugger listens');
}

function environmentOf(pid: number): Record<string, string> {
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
  return Object.fromEntries(entries.map((entry) => entry.split(/=(.*)/s).slice(0, 2)));
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** A daemon of the user's own, whose definition wants flags of Node for it. */
const ownDaemon = (flags: string) => [
  ...['install', 'peer', '--env', `NODE_OPTIONS=${flags}`, '--probe', 'http:/', '--'],
  ...['/usr/bin/python3', '-m', 'http.server', '--bind', '127.0.0.1', '{port}'],
];

async function childOf(cli: Cli): Promise<number> {
  return await until('the daemon runs', async () => {
    const { external, healthy } = await cli.status('peer');
    return healthy ? (external?.pid ?? undefined) : undefined;
  });
}

test(
  'the environment of systemd’s user manager opens no debugger in a host and keeps it from no start',
  { skip: needsUserManager || missingTools(['/usr/bin/python3']) },
  withCli(async (user, cli) => {
    const debug = await freePort();
    await user.systemctl(
      'set-environment',
      `NODE_OPTIONS=--inspect=0.0.0.0:${debug}`,
      'LD_PRELOAD=/missing.so',
    );
    await cli.must(['install']);
    const inspected = await cli.status();
    assert.equal(inspected.healthy, true);
    await assertClosed(debug);
    const host = environmentOf(inspected.endpoint?.pid ?? 0);
    assert.deepEqual([host.NODE_OPTIONS, host.LD_PRELOAD], [undefined, undefined]);

    await user.systemctl('set-environment', 'NODE_OPTIONS=--require=/missing', 'NODE_UNIQUE_ID=1');
    await cli.must(['restart']);
    const restarted = await cli.status();
    assert.deepEqual([restarted.healthy, restarted.restarts], [true, 0]);

    await cli.must(ownDaemon('--no-warnings'));
    assert.equal(environmentOf(await childOf(cli)).NODE_OPTIONS, '--no-warnings', 'the definition says so');
  }),
);

test('the shell that installs a standalone service opens no debugger in it', { skip: linux }, () =>
  withStandaloneHome(async (cli) => {
    const [debug, later] = [await freePort(), await freePort()];
    const env = {
      NODE_OPTIONS: `--inspect=127.0.0.1:${debug}`,
      LD_LIBRARY_PATH: '/nowhere',
      NODE_DEBUG: 'http',
    };
    await cli.must(['install', '--backend', 'standalone', '--no-login'], { env });
    const { endpoint, healthy } = await cli.status();
    assert.equal(healthy, true);
    await assertClosed(debug);
    const pid = endpoint?.pid ?? 0;
    for (const process of [pid, parentOf(pid)]) {
      const own = environmentOf(process);
      assert.deepEqual(
        Object.keys(env).filter((name) => name in own),
        [],
        `process ${process}`,
      );
    }
    await cli.must(['stop']);
    await cli.must(['start'], { env: { NODE_OPTIONS: `--inspect=127.0.0.1:${later}` } });
    assert.equal((await cli.status()).healthy, true);
    await assertClosed(later);
    await cli.must(['uninstall', '--purge', '--yes']);
  }),
);
