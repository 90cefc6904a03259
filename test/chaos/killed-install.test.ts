import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withCli } from '../support/installed.ts';
import { converged, countChanges, killedAt } from '../support/killed-cli.ts';
import { needsUserManager } from '../support/machine-needs.ts';

test(
  'X07 an install killed before or after any of its steps converges in the next run',
  { skip: needsUserManager },
  withCli(async (user, cli) => {
    const changes = await countChanges(user, cli, ['install']);
    await cli.must(['uninstall']);
    assert.ok(changes > 20, `only ${changes} changes`);
    for (let at = 1; at <= changes; at += 1) {
      await killedAt(user, cli, ['install'], at);
      await cli.must(['install']);
      await converged(user, cli, `killed before change ${at} of ${changes}`);
      await cli.must(['uninstall']);
    }
  }),
);
