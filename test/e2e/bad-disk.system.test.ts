import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { codeOf } from '../../src/errors.ts';
import { systemExec } from '../../src/system/exec.ts';
import { ran } from '../support/lab.ts';
import { missingTools, needsRoot } from '../support/machine-needs.ts';
import { withStandaloneHome } from '../support/standalone-user.ts';

const skip = needsRoot || missingTools(['mount', 'umount']);

async function sudo(...argv: [string, ...string[]]): Promise<void> {
  const { code, stderr } = ran(argv, await systemExec.run(argv));
  assert.equal(code, 0, stderr);
}

/** Fills the disk of `directory` to the last byte. */
async function fill(directory: string): Promise<void> {
  for (const size of [1 << 20, 4096, 1]) {
    for (let count = 0; ; count += 1) {
      try {
        await writeFile(join(directory, `filler-${size}-${count}`), Buffer.alloc(size));
      } catch (error) {
        assert.equal(codeOf(error), 'ENOSPC');
        break;
      }
    }
  }
}

/** Everything of memoryd below `home`. */
const leftIn = async (home: string): Promise<string[]> =>
  (await readdir(home, { recursive: true })).filter((path) => path.includes('memoryd'));

test(
  'N06 N30 a full disk: restart names the path and a cure, uninstall works; a read-only home is called that',
  { skip },
  () =>
    withStandaloneHome(async (cli, home) => {
      await sudo('mount', '-t', 'tmpfs', '-o', 'size=260m', 'tmpfs', home);
      try {
        await cli.must(['install', '--no-login', '--backend', 'standalone']);
        await fill(home);
        const restart = await cli.run(['restart']);
        assert.equal(restart.code, 1, restart.stderr);
        assert.match(
          restart.stderr,
          new RegExp(`the disk is full: cannot write ${home}/\\S+\ntry: df -h ${home}/`),
        );
        await cli.must(['uninstall', '--purge', '--yes']);
        assert.deepEqual(await leftIn(home), []);
        assert.equal((await cli.run(['status', 'memory'])).code, 4);

        await sudo('mount', '-o', 'remount,ro', home);
        const install = await cli.run(['install', '--no-login', '--backend', 'standalone']);
        assert.equal(install.code, 77, install.stderr);
        assert.match(
          install.stderr,
          new RegExp(`${home}/\\S+ is on a read-only file system\ntry: df -h ${home}`),
        );
      } finally {
        await sudo('umount', '--lazy', home);
      }
    }),
);
