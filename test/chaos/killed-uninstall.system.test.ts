import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withCli } from '../support/installed.ts';
import { converged, countChanges, hosts, killedAt, labVictim, leftOf } from '../support/killed-cli.ts';
import { needsUserManager } from '../support/machine-needs.ts';

test(
  'X07 an uninstall killed before or after any of its steps is finished by the next',
  { skip: needsUserManager },
  withCli(async (user, cli) => {
    const victim = await labVictim(user, cli);
    await cli.must(['install']);
    await user.must(['mkdir', 'memoryd-kept']);
    await user.must(['cp', '-al', '.config', '.local', 'memoryd-kept']);
    const changes = await countChanges(victim, ['uninstall']);
    assert.ok(changes > 10, `only ${changes} changes`);
    for (let at = 1; at <= changes; at += 1) {
      const when = `killed before change ${at} of ${changes}`;
      // Installed, as it was.
      await user.must(['cp', '-alf', 'memoryd-kept/.', '.']);
      await user.systemctl('daemon-reload');
      await user.systemctl('start', 'memoryd-memory.socket', 'memoryd-memory.service');
      if (at === 1) await converged(user, cli, 'put back');
      assert.ok(await killedAt(victim, ['uninstall'], at), when);
      const { code } = await cli.run(['uninstall']);
      assert.ok(code === 0 || code === 4, `exit ${code}, ${when}`);
      assert.equal(await hosts(user), 0, when);
      assert.equal(await leftOf(user), '', when);
    }
  }),
);
