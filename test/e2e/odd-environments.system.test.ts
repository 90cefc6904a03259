import assert from 'node:assert/strict';
import { chown, mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { systemExec } from '../../src/system/exec.ts';
import { cliIn, packageEntries } from '../support/cli.ts';
import { withCli } from '../support/installed.ts';
import { bring, ran } from '../support/lab.ts';
import { missingTools, needsRoot, needsUserManager } from '../support/machine-needs.ts';
import { until } from '../support/until.ts';

test(
  'N28 N30 N31 systemd: a closed working directory, a masked unit, a session directory that is swept',
  { skip: needsUserManager },
  withCli(async (user, cli) => {
    await using closed = await createFixture({});
    const cwd = join(closed.path, 'closed');
    await mkdir(cwd, { mode: 0o700 });
    const there = { cwd };
    const install = await cli.run(['install'], there);
    assert.equal(install.code, 0, install.stderr);
    assert.equal((await cli.run(['status'], there)).code, 0);

    const runtime = `/run/user/${user.uid}/memoryd`;
    await rm(runtime, { recursive: true });
    await until('the host has published again', async () => (await cli.status()).state === 'running');
    assert.equal((await cli.status()).healthy, true);

    await cli.must(['stop']);
    const unit = join(user.home, '.config/systemd/user/memoryd-memory.service');
    const text = await readFile(unit, 'utf8');
    await rm(unit);
    await symlink('/dev/null', unit);
    await user.systemctl('daemon-reload');
    const masked = await cli.status();
    assert.equal(masked.unit.enabled, 'masked');
    assert.ok(
      masked.notes.some(
        ({ text, hint }) => /masked/.test(text) && hint?.startsWith('systemctl --user unmask'),
      ),
      JSON.stringify(masked.notes),
    );
    const start = await cli.run(['start']);
    assert.equal(start.code, 1, start.stderr);
    assert.match(start.stderr, /the unit is masked\ntry: systemctl --user unmask memoryd-memory\.service/);
    await user.systemctl('unmask', 'memoryd-memory.service');
    await user.write(unit, text, 0o600);
    await cli.must(['uninstall', '--purge', '--yes'], there);
  }),
);

test('N29 a user id without an entry in the password database: works with HOME, and says what is missing without', {
  skip: needsRoot || missingTools(['setpriv']),
}, async () => {
  const uid = 54_321;
  await using fixture = await createFixture({ home: {}, run: {} });
  await bring(packageEntries, join(fixture.path, 'program'));
  const home = join(fixture.path, 'home');
  for (const path of [fixture.path, home, join(fixture.path, 'run')]) await chown(path, uid, uid);
  const run = (env: Record<string, string>) =>
    cliIn(
      {
        node: process.execPath,
        async run(argv, options = {}) {
          const variables = Object.entries({ PATH: '/usr/bin:/bin', ...env }).map(
            ([key, value]) => `${key}=${value}`,
          );
          const as = [
            'setpriv',
            `--reuid=${uid}`,
            `--regid=${uid}`,
            '--clear-groups',
            'env',
            '-i',
            ...variables,
          ];
          const all = [...as, ...argv] as [string, ...string[]];
          return ran(all, await systemExec.run(all, { timeoutMs: 60_000, ...options }));
        },
      },
      join(fixture.path, 'program'),
    );
  const without = await run({}).run(['status']);
  assert.equal(without.code, 78, without.stderr);
  assert.match(
    without.stderr,
    /^memoryd: user 54321 has no entry in the password database, and HOME is not set\ntry: export HOME=/,
  );
  const cli = run({ HOME: home, TMPDIR: join(fixture.path, 'run') });
  await cli.must(['install', '--no-login', '--backend', 'standalone']);
  assert.equal((await cli.status()).healthy, true);
  await cli.must(['uninstall', '--purge', '--yes']);
});
