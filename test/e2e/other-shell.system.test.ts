import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Cli } from '../support/cli.ts';
import { tokenOf, withCli } from '../support/installed.ts';
import { needsUserManager } from '../support/machine-needs.ts';
import { withStandaloneHome } from '../support/standalone-user.ts';

/** The variables that an editor sets in its own terminal only. */
const editorShell = (home: string) => ({
  XDG_DATA_HOME: join(home, 'editor/share'),
  XDG_STATE_HOME: join(home, 'editor/state'),
});

const memory = '{"content":"the kettle is blue"}\n';

/** The service that one shell installed is the one of every other shell: one store, one token, one uninstall. */
async function isOne(cli: Cli, home: string, file: string): Promise<void> {
  const shell = { env: editorShell(home) };
  const inShell = JSON.parse(await cli.must(['status', 'memory', '--json'], shell)).services[0];
  const elsewhere = await cli.status();
  assert.equal(elsewhere.state, 'running');
  assert.deepEqual(elsewhere.paths, inShell.paths);
  assert.ok(elsewhere.paths.data.startsWith(join(home, 'editor/share')), elsewhere.paths.data);
  assert.notEqual(await tokenOf(cli), '');

  await cli.must(['import', file]);
  assert.match(await cli.must(['export'], shell), /the kettle is blue/);
  assert.match(await cli.must(['export']), /the kettle is blue/);
  const again = JSON.parse(await cli.must(['install', '--json']));
  assert.equal(again.changed, false);
  await cli.must(['restart']);
  assert.match(await cli.must(['logs']), /\S/);
}

test(
  'N07 systemd: a service installed where an editor sets XDG_* is the same one in every shell',
  { skip: needsUserManager },
  withCli(async (user, cli) => {
    const file = join(user.home, 'memories.jsonl');
    await user.write(file, memory);
    await cli.must(['install'], { env: editorShell(user.home) });
    await isOne(cli, user.home, file);
    await cli.must(['stop']);
    assert.equal((await cli.status()).state, 'stopped');
    // The manager has no variable of the shell, so this one is the unit's too.
    await cli.must(['uninstall', '--purge', '--yes'], { env: { XDG_CONFIG_HOME: join(user.home, 'cfg') } });
    assert.equal(existsSync(join(user.home, 'editor/share/memoryd')), false);
    assert.equal(existsSync(join(user.home, 'editor/state/memoryd')), false);
    assert.equal((await cli.run(['status', 'memory'])).code, 4);
  }),
);

test('N07 N32 standalone: a running host counts for more than the shell; a snap’s and relative directories are not used', () =>
  withStandaloneHome(async (cli, home) => {
    const file = join(home, 'memories.jsonl');
    await writeFile(file, memory);
    const snap = join(home, 'snap/code/163/.local/share');
    await mkdir(snap, { recursive: true });
    const odd = { XDG_DATA_HOME: snap, XDG_STATE_HOME: 's' };
    const first = await cli.run(['install', '--no-login', '--backend', 'standalone'], { env: odd });
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stderr, /XDG_DATA_HOME=\S+ is not used: it belongs to the snap code/);
    assert.match(first.stderr, /XDG_STATE_HOME=s is not used: it is not an absolute path/);
    assert.equal((await cli.status()).paths.data, join(home, '.local/share/memoryd/data/memory'));
    assert.deepEqual(
      ['s', join(snap, 'memoryd')].filter((path) => existsSync(join(home, path)) || existsSync(path)),
      [],
    );
    await cli.must(['uninstall', '--purge', '--yes']);

    await cli.must(['install', '--no-login', '--backend', 'standalone'], { env: editorShell(home) });
    await isOne(cli, home, file);
    await cli.must(['uninstall', '--purge', '--yes']);
    assert.equal(existsSync(join(home, 'editor/share/memoryd')), false);
    assert.equal(existsSync(join(home, 'editor/state/memoryd')), false);
  }));
