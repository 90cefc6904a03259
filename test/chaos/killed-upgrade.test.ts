import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rebuild } from '../support/cli.ts';
import { withCli } from '../support/installed.ts';
import { converged, countChanges, killedAt } from '../support/killed-cli.ts';
import { needsUserManager } from '../support/machine-needs.ts';

test(
  'X07 an upgrade killed before or after any of its steps: something serves at once, and the next run converges',
  { skip: needsUserManager },
  withCli(async (user, cli, directory) => {
    await cli.must(['install']);
    await rebuild(directory, 'aaaa0000');
    const changes = await countChanges(user, cli, ['install']);
    assert.ok(changes > 10, `only ${changes} changes`);
    for (let at = 1; at <= changes; at += 1) {
      const id = await rebuild(directory, (0xaaaa0000 + at).toString(16));
      await killedAt(user, cli, ['install'], at);
      await cli.must(['install']);
      await converged(user, cli, `killed before change ${at} of ${changes}`);
      assert.equal((await cli.status()).endpoint?.build, id);
    }
  }),
);
