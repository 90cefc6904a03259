// What runs with the project's rights on GitHub is fixed, and has as few rights as it can.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository } from '../support/lab.ts';

const workflows = globSync('.github/workflows/*.yml', { cwd: repository });

test('there are workflows to look at', () => assert.ok(workflows.length >= 3));

for (const path of workflows) {
  const text = readFileSync(join(repository, path), 'utf8');

  test(`${path.replaceAll('\\', '/')}: every action is pinned by its commit, with its version beside it`, () => {
    const uses = [...text.matchAll(/^\s*(?:- )?uses:\s*(.+)$/gm)].map(([, action = '']) => action);
    assert.notEqual(uses.length, 0);
    for (const action of uses.filter((one) => !one.startsWith('./'))) {
      assert.match(action, /^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  test(`${path.replaceAll('\\', '/')}: it may only read, and leaves no credentials in the checkout`, () => {
    assert.match(text, /^permissions:\n {2}contents: read\n(?!\s*\w+: write)/m);
    const checkouts = text.match(/actions\/checkout@/g) ?? [];
    assert.equal((text.match(/persist-credentials: false/g) ?? []).length, checkouts.length);
  });
}
