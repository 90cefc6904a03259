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

/** Prints how many requests without a key were answered with which status. */
const failures = `
  const counts = {};
  for (let n = 0; n < 220; n += 1) {
    const headers = n % 2 === 0 ? {} : { authorization: 'Bearer nonsense' };
    const { status } = await fetch(process.argv[1] + '/projects/x/files', { headers });
    counts[status] = (counts[status] ?? 0) + 1;
  }
  console.log(JSON.stringify(counts));`;

test(
  'another user’s failures use up nothing of the owner’s, and write no log',
  { skip: needsUserManager },
  () =>
    withUserManager((alice) =>
      withUserManager(async (bob) => {
        const cli = await installFor(alice);
        const { endpoint, paths } = await cli.status();
        const url = endpoint?.url ?? '';
        const logged = await alice.must(['sh', '-c', 'cat "$0"/*', paths.logs]);
        const script = ['--input-type=module', '-e', failures, url];
        const counts = JSON.parse(await bob.must([bob.node, ...script]));
        assert.deepEqual(Object.keys(counts), ['401', '403', '429']);
        const headers = { authorization: `Bearer ${await tokenOf(cli)}` };
        for (let n = 0; n < 100; n += 1)
          assert.equal((await fetch(`${url}/projects/x/files`, { headers })).status, 200);
        assert.equal(await alice.must(['sh', '-c', 'cat "$0"/*', paths.logs]), logged);
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
