import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rebuild } from '../support/cli.ts';
import { withCli } from '../support/installed.ts';
import { converged, countChanges, killedAt, labVictim } from '../support/killed-cli.ts';
import { whoAnswers } from '../support/legacy.ts';
import { needsUserManager } from '../support/machine-needs.ts';

test(
  'X07 an upgrade killed before or after any of its steps: something serves at once, and the next run converges',
  { skip: needsUserManager },
  withCli(async (user, cli, directory) => {
    await cli.must(['install']);
    await rebuild(directory, 'aaaa0000');
    const victim = await labVictim(user, cli);
    const changes = await countChanges(victim, ['install']);
    assert.ok(changes > 10, `only ${changes} changes`);
    const { endpoint } = await cli.status();
    for (let at = 1; at <= changes; at += 1) {
      const when = `killed before change ${at} of ${changes}`;
      const id = await rebuild(directory, (0xaaaa0000 + at).toString(16));
      assert.ok(await killedAt(victim, ['install'], at), when);
      assert.equal(await whoAnswers(endpoint?.port ?? 0), 'memoryd', when);
      await cli.must(['install']);
      await converged(user, cli, when);
      assert.equal((await cli.status()).endpoint?.build, id, when);
    }
  }),
);
