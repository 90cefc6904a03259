import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rebuild } from '../support/cli.ts';
import { withCli } from '../support/installed.ts';
import { converged, countChanges, killAtEvery, labVictim } from '../support/killed-cli.ts';
import { whoAnswers } from '../support/legacy.ts';
import { needsUserManager } from '../support/machine-needs.ts';

test(
  'X07 an upgrade killed before or after any of its steps: something serves at once, and the next run converges',
  { skip: needsUserManager },
  withCli(async (user, cli, directory) => {
    let builds = 0xaaaa0000;
    const nextBuild = () => rebuild(directory, (builds++).toString(16));
    await cli.must(['install']);
    const victim = await labVictim(user, cli);
    await nextBuild();
    const all = await countChanges(victim, ['install']);
    await nextBuild();
    const planned = await countChanges({ ...victim, from: 'journal' }, ['install']);
    assert.ok(planned > 10, `only ${planned} changes`);
    const { endpoint } = await cli.status();
    let id = await nextBuild();
    await killAtEvery(
      victim,
      ['install'],
      { all, planned },
      {
        async after(when) {
          assert.equal(await whoAnswers(endpoint?.port ?? 0), 'memoryd', when);
        },
        async converge(when) {
          await cli.must(['install']);
          await converged(user, cli, when);
          assert.equal((await cli.status()).endpoint?.build, id, when);
          id = await nextBuild();
        },
      },
    );
  }),
);
