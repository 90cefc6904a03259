import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import test from 'node:test';
import type { Wine } from './wine.ts';

interface Replaced {
  failure?: string;
  now: string;
  left: string[];
}

interface Found {
  released: Replaced;
  held: Replaced;
  rotate: { files: number; lines: number; dropped: number };
}

export function files(wine: () => Wine): void {
  test('logs rotate while somebody reads them, and a file is replaced whole or not at all (W18)', async () => {
    const directory = wine().file('Ünïcödé 日本');
    mkdirSync(directory.unix);
    const { released, held, rotate } = await wine().ask<Found>('files.ts', directory.windows);
    assert.ok(rotate.files > 3, `${rotate.files} files`);
    assert.deepEqual([rotate.lines, rotate.dropped], [201, 0]);
    assert.deepEqual(
      released,
      { now: 'new', left: ['definition.json'] },
      'it waits for who has the file open',
    );
    // Windows does not replace an open file: what was there stays, and nothing is left over.
    assert.deepEqual(held, { failure: 'EPERM', now: 'old', left: ['definition.json'] });
  });
}
