import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cli, cliIn, packageEntries } from '../support/cli.ts';
import { tokenOf } from '../support/installed.ts';
import { needsUserManager } from '../support/machine-needs.ts';
import { type LabUser, withUserManager } from '../support/user-manager.ts';

async function installFor(user: LabUser): Promise<Cli> {
  const cli = cliIn(user, await user.bring(packageEntries));
  await cli.must(['install']);
  return cli;
}

test(
  'W17 X05 two users: own ports, and neither can read, use, stop or impersonate the other',
  { skip: needsUserManager },
  () =>
    withUserManager((alice) =>
      withUserManager(async (bob) => {
        const [aliceCli, bobCli] = [await installFor(alice), await installFor(bob)];
        const [hers, his] = [await aliceCli.status(), await bobCli.status()];
        assert.notEqual(hers.endpoint?.port, his.endpoint?.port);

        for (const path of [hers.paths.token, hers.paths.config, hers.paths.runtime, hers.paths.logs]) {
          assert.notEqual((await bob.run(['ls', path])).code, 0, `${path} is open to others`);
        }
        const withHisToken = await fetch(`${hers.endpoint?.url}/mcp`, {
          method: 'POST',
          headers: { authorization: `Bearer ${await tokenOf(bobCli)}`, 'content-type': 'application/json' },
          body: '{}',
        });
        assert.equal(withHisToken.status, 401);
        assert.notEqual((await bob.run(['kill', String(hers.endpoint?.pid)])).code, 0);

        await bobCli.must(['uninstall']);
        assert.equal((await aliceCli.status()).endpoint?.pid, hers.endpoint?.pid);
      }),
    ),
);

test('X05 a runtime directory that another user made first is not used', { skip: needsUserManager }, () =>
  withUserManager((alice) =>
    withUserManager(async (mallory) => {
      const trap = `/tmp/memoryd-${alice.uid}`;
      await mallory.must(['mkdir', '-m', '0777', trap]);
      try {
        const cli = cliIn(alice, await alice.bring(packageEntries));
        const env = { XDG_RUNTIME_DIR: '' };
        await cli.must(['install'], { env });
        const { paths, healthy } = await cli.status();
        assert.equal(healthy, true);
        assert.notEqual(paths.runtime, trap);
        assert.equal(await mallory.must(['ls', trap]), '');
      } finally {
        await mallory.run(['rm', '-rf', trap]);
      }
    }),
  ),
);
