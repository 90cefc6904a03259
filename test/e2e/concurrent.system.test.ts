import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withCli } from '../support/installed.ts';
import { needsUserManager } from '../support/machine-needs.ts';

test(
  'X09 20 installs at once end with one service, one process and one change',
  { skip: needsUserManager },
  withCli(async (user, cli) => {
    const all = await Promise.all(Array.from({ length: 20 }, () => cli.run(['install', '--json'])));
    assert.deepEqual(
      all.map(({ code }) => code),
      all.map(() => 0),
      all.map(({ stderr }) => stderr).join(''),
    );
    const changed = all.filter(({ stdout }) => (JSON.parse(stdout) as { changed: boolean }).changed);
    assert.equal(changed.length, 1);
    const hosts = await user.must(['pgrep', '-u', user.name, '-f', 'memoryd.cjs host memory']);
    assert.equal(hosts.trim().split('\n').length, 1);
    assert.equal((await cli.status()).restarts, 0);
  }),
);
