import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { Wine } from './wine.ts';

export function lookup(wine: () => Wine): void {
  test('a program in the current directory, or a whoami before that of Windows, is not taken for its tool', async () => {
    const directory = wine().file('checkout');
    mkdirSync(directory.unix);
    for (const tool of ['reg.exe', 'whoami.exe']) writeFileSync(join(directory.unix, tool), 'not a program');
    const seen = await wine().ask<Record<string, unknown>>('lookup.ts', { directory: directory.windows });
    assert.notEqual(seen.unguarded, 0, 'Windows would take the wrong one');
    assert.deepEqual([seen.ran, seen.spawned], [0, 0]);
    assert.match(String(seen.output), /HKEY_CURRENT_USER/);
    // Wine's own, which knows no SIDs.
    assert.equal(seen.asked, 'whoami did not print the SID of this user');
  });
}
