import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { createFixture } from 'fs-fixture';
import { linesOf } from '../../src/system/lines.ts';

test('the lines of a file are what lies between its line feeds, whatever else is in it', async (t) => {
  const fixture = await createFixture({});
  t.after(() => fixture.rm());
  const path = fixture.getPath('lines');
  const text = fc.string({ unit: fc.constantFrom('a', 'ü', '\u2028', '\r', '\n', '🦭', '') });
  fc.assert(
    fc.property(text, (content) => {
      writeFileSync(path, content);
      const expected = content.split('\n');
      if (expected.at(-1) === '') expected.pop();
      assert.deepEqual([...linesOf(path)], expected);
    }),
  );
});

test('lines that go over the chunks in which a file is read come whole', async (t) => {
  const fixture = await createFixture({});
  t.after(() => fixture.rm());
  const path = fixture.getPath('lines');
  const lines = Array.from({ length: 40 }, (_, n) => 'ü🦭'.repeat(n * 3_000));
  writeFileSync(path, lines.join('\n'));
  const told: [number, number][] = [];
  assert.deepEqual([...linesOf(path, (read, size) => told.push([read, size]))], lines);
  assert.ok(told.length > 5, 'it was read in chunks');
  const [read, size] = told.at(-1) ?? [];
  assert.equal(read, size);
});
