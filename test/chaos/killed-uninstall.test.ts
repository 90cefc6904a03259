import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withCli } from '../support/installed.ts';
import { countChanges, hosts, killedAt } from '../support/killed-cli.ts';
import { needsUserManager } from '../support/machine-needs.ts';

test(
  'X07 an uninstall killed before or after any of its steps is finished by the next',
  { skip: needsUserManager },
  withCli(async (user, cli) => {
    await cli.must(['install']);
    const changes = await countChanges(user, cli, ['uninstall']);
    for (let at = 1; at <= changes; at += 1) {
      await cli.must(['install']);
      await killedAt(user, cli, ['uninstall'], at);
      const { code } = await cli.run(['uninstall']);
      assert.ok(code === 0 || code === 4, `exit ${code}, killed before change ${at}`);
      assert.equal(await hosts(user), 0);
      const left = await user.must([
        'find',
        user.home,
        '-path',
        '*memoryd*',
        '-not',
        '-path',
        `${user.home}/memoryd*`,
      ]);
      assert.equal(left, '', `left after a kill before change ${at}`);
    }
  }),
);
