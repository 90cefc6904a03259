import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withCli } from '../support/installed.ts';
import { converged, countChanges, killedAt, labVictim, leftOf } from '../support/killed-cli.ts';
import { needsUserManager } from '../support/machine-needs.ts';

test(
  'X07 an install killed before or after any of its steps converges in the next run',
  { skip: needsUserManager },
  withCli(async (user, cli) => {
    const victim = await labVictim(user, cli);
    const changes = await countChanges(victim, ['install']);
    assert.ok(changes > 20, `only ${changes} changes`);
    await cli.must(['uninstall']);
    for (let at = 1; at <= changes; at += 1) {
      const when = `killed before change ${at} of ${changes}`;
      assert.ok(await killedAt(victim, ['install'], at), when);
      await cli.must(['install']);
      await converged(user, cli, when);
      await cli.must(['uninstall']);
      assert.equal(await leftOf(user), '', when);
    }
  }),
);
