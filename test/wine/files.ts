import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import test from 'node:test';
import type { FileObservation } from '../../src/service/observation.ts';
import type { Wine } from './wine.ts';

interface Replaced {
  failure?: string;
  now: string;
  left: string[];
}

interface Found {
  own: FileObservation;
  released: Replaced;
  held: Replaced;
  rotate: { files: number; lines: number; dropped: number };
}

export function files(wine: () => Wine): void {
  test('logs rotate while somebody reads them; a file is replaced whole or not at all, and is as it was wanted (W18)', async () => {
    const directory = wine().file('Ünïcödé 日本');
    mkdirSync(directory.unix);
    const { released, held, own, rotate } = await wine().ask<Found>('files.ts', directory.windows);
    assert.deepEqual(
      own,
      { kind: 'file', content: 'secret', mode: 0o600 },
      'a second install changes nothing',
    );
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
