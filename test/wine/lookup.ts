import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { Wine } from './wine.ts';

export function lookup(wine: () => Wine): void {
  test('a program in the current directory is not taken for a tool of Windows', async () => {
    const directory = wine().file('checkout');
    mkdirSync(directory.unix);
    writeFileSync(join(directory.unix, 'reg.exe'), 'not a program');
    const seen = await wine().ask<Record<string, unknown>>('lookup.ts', { directory: directory.windows });
    assert.notEqual(seen.unguarded, 0, 'Windows would take the wrong one');
    assert.deepEqual([seen.ran, seen.spawned], [0, 0]);
    assert.match(String(seen.output), /HKEY_CURRENT_USER/);
  });
}
