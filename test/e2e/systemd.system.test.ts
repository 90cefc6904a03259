import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { type Cli, cliIn, packageEntries, rebuild } from '../support/cli.ts';
import { pidOf, withCli } from '../support/installed.ts';
import { Load } from '../support/load.ts';
import { needsUserManager } from '../support/machine-needs.ts';
import { until } from '../support/until.ts';
import type { LabUser } from '../support/user-manager.ts';

const skip = needsUserManager;

/** Everything of ours below the home and the runtime directory, data left out. */
function traces(user: LabUser): string[] {
  const below = ['.config', '.local', `/run/user/${user.uid}`].flatMap((directory) => {
    const path = directory.startsWith('/') ? directory : join(user.home, directory);
    return existsSync(path)
      ? readdirSync(path, { recursive: true, encoding: 'utf8' }).map((entry) => join(path, entry))
      : [];
  });
  return below.filter((path) => path.includes('memoryd'));
}

test(
  'L04 X02 install, answer, die, answer, stop, start, uninstall: each verified, no trace left',
  { skip },
  withCli(async (user, cli) => {
    await cli.must(['install']);
    const first = await cli.status();
    assert.equal(first.state, 'running');
    assert.equal(first.healthy, true);
    assert.equal(first.backend, 'systemd');
    assert.equal(first.unit.enabled, 'enabled');
    assert.equal(first.unit.drift, 'none');

    process.kill(await pidOf(cli), 'SIGKILL');
    const second = await until('it is back', async () => {
      const status = await cli.status();
      return status.healthy && status.endpoint?.pid !== first.endpoint?.pid ? status : undefined;
    });
    assert.equal(second.restarts, 1);

    await cli.must(['stop']);
    assert.equal((await cli.run(['status'])).code, 3);
    await assert.rejects(fetch(`${first.endpoint?.url}/health`), 'the port is still open');
    assert.equal((await cli.status()).state, 'stopped');

    await cli.must(['start']);
    assert.equal((await cli.status()).healthy, true);

    await cli.must(['uninstall']);
    assert.deepEqual(traces(user), []);
    assert.match(await user.systemctl('list-units', '--all', '--plain', '--no-legend', 'memoryd*'), /^\s*$/);
    assert.equal((await cli.run(['status', 'memory'])).code, 4);
    assert.equal((await cli.run(['uninstall'])).code, 4);
  }),
);

test(
  'installing again with nothing changed writes and restarts nothing',
  { skip },
  withCli(async (_user, cli) => {
    await cli.must(['install']);
    const pid = await pidOf(cli);
    const again = JSON.parse(await cli.must(['install', '--json'])) as { changed: boolean };
    assert.equal(again.changed, false);
    assert.equal(await pidOf(cli), pid);
  }),
);

test(
  'restarts and kills under load refuse no connection',
  { skip },
  withCli(async (_user, cli) => {
    await cli.must(['install']);
    const { endpoint } = await cli.status();
    assert.ok(endpoint);
    await using load = new Load(endpoint.port, 4);
    for (let round = 0; round < 3; round += 1) {
      await cli.must(['restart']);
      const killed = await pidOf(cli);
      process.kill(killed, 'SIGKILL');
      await until('it is back', async () => (await cli.status()).endpoint?.pid !== killed);
    }
    const met = load.take();
    assert.equal(met.refused, 0);
    assert.ok(met.answered > 0);
  }),
);

test(
  'L13 W18 X06 an upgrade runs the new build and keeps the old one for the way back',
  { skip },
  withCli(async (user, cli, directory) => {
    await cli.must(['install']);
    const old = await cli.status();
    const next = await user.bring(packageEntries).then(() => directory);
    await rebuild(next, 'feedface');
    await cli.must(['install']);
    const now = await cli.status();
    assert.equal(now.endpoint?.build, 'feedface');
    assert.equal(now.endpoint?.port, old.endpoint?.port);
    assert.ok(existsSync(old.paths.app), 'the old copy is gone');

    const back = cliIn(user, old.paths.app);
    await back.must(['install']);
    assert.equal((await back.status()).endpoint?.build, old.endpoint?.build);
  }),
);

test(
  'after install, a handshake and tools/list the data directory does not exist',
  { skip },
  withCli(async (user, cli) => {
    await cli.must(['install']);
    const { endpoint, paths } = await cli.status();
    const token = (await user.must(['cat', paths.token])).trim();
    const client = new Client({ name: 'test', version: '1' });
    const headers = { authorization: `Bearer ${token}` };
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${endpoint?.url}/mcp`), { requestInit: { headers } }),
    );
    assert.ok((await client.listTools()).tools.length >= 6);
    await client.close();
    assert.ok(!existsSync(paths.data));
    assert.ok(!existsSync(join(user.home, '.local/share/memoryd/data')));
  }),
);

test(
  'L14 under sudo it refuses and names the command',
  { skip },
  withCli(async (user, cli) => {
    const { code, stderr } = await asRootBehindSudo(cli, user);
    assert.equal(code, 77);
    assert.match(stderr, /without sudo/);
  }),
);

/** The same command as root, with the variables that sudo sets. */
async function asRootBehindSudo(cli: Cli, user: LabUser) {
  const { execa } = await import('execa');
  const { exitCode, stderr } = await execa(user.node, [cli.entry, 'install'], {
    reject: false,
    env: { SUDO_USER: user.name, SUDO_UID: String(user.uid), HOME: user.home },
  });
  return { code: exitCode, stderr };
}

test(
  'L01 a shell without XDG_RUNTIME_DIR finds the manager and the endpoint all the same',
  { skip },
  withCli(async (_user, cli) => {
    const env = { XDG_RUNTIME_DIR: '' };
    await cli.must(['install'], { env });
    assert.equal((await cli.run(['status'], { env })).code, 0);
  }),
);
