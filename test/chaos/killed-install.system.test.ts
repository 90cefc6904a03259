import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withCli } from '../support/installed.ts';
import { converged, countChanges, killAtEvery, labVictim, leftOf } from '../support/killed-cli.ts';
import { needsUserManager } from '../support/machine-needs.ts';

test(
  'X07 an install killed before or after any of its steps converges in the next run',
  { skip: needsUserManager },
  withCli(async (user, cli) => {
    const victim = await labVictim(user, cli);
    const all = await countChanges(victim, ['install']);
    await cli.must(['uninstall']);
    const planned = await countChanges({ ...victim, from: 'journal' }, ['install']);
    await cli.must(['uninstall']);
    assert.ok(planned > 20, `only ${planned} changes`);
    await killAtEvery(
      victim,
      ['install'],
      { all, planned },
      {
        async converge(when) {
          await cli.must(['install']);
          await converged(user, cli, when);
          await cli.must(['uninstall']);
          assert.equal(await leftOf(user), '', when);
        },
      },
    );
  }),
);
