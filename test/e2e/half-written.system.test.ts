// What is left of a process that was killed while it wrote.
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { servicePaths } from '../../src/layout.ts';
import { usualRoots } from '../../src/system/roots.ts';
import { withStandaloneHome } from '../support/standalone-user.ts';

const posix = process.platform === 'win32' ? 'no standalone there' : false;

it('X07 an uninstall takes half-written files of its service away, and no others', { skip: posix }, () =>
  withStandaloneHome(async (cli, home, { XDG_RUNTIME_DIR: runtime = '' }) => {
    await cli.must(['install', '--backend', 'standalone', '--no-login']);
    const { definition, receipt, state, journal } = servicePaths(
      usualRoots(process.platform, home),
      'memory',
    );
    const { paths } = await cli.status();
    const half = [definition, receipt, join(state, 'supervisor.json'), journal].map(
      (path) => `${path}.0123456789ab.tmp`,
    );
    half.push(join(paths.runtime, 'memory.json.0123456789ab.tmp'));
    const foreign = join(definition, '..', 'notes.json.0123456789ab.tmp');
    for (const path of [...half, foreign]) writeFileSync(path, '{');
    const { services } = JSON.parse(await cli.must(['status', '--json'])) as { services: { name: string }[] };
    assert.deepEqual(
      services.map(({ name }) => name),
      ['memory'],
    );
    await cli.must(['uninstall', '--purge', '--yes']);
    const left = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.includes('.tmp'),
    );
    assert.deepEqual(
      left.map((path) => join(home, path)),
      [foreign],
    );
    assert.deepEqual(readdirSync(runtime), []);
  }),
);
