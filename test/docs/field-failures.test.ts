import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository } from '../support/lab.ts';
import { textsOf } from './texts.ts';

/** The first collection: M01 to M18, L01 to L20, W01 to W20, X01 to X10. */
const first = Object.entries({ M: 18, L: 20, W: 20, X: 10 }).flatMap(([system, count]) =>
  Array.from({ length: count }, (_, i) => `${system}${String(i + 1).padStart(2, '0')}`),
);

/** Of the second collection, those that are dealt with. Grows. */
const second = [
  'N01',
  'N02',
  'N03',
  'N04',
  'N05',
  'N06',
  'N07',
  'N08',
  'N09',
  'N10',
  'N11',
  'N12',
  'N13',
  'N14',
  'N15',
  'N16',
  'N17',
  'N18',
  'N19',
  'N20',
  'N21',
  'N22',
  'N23',
  'N24',
  'N25',
  'N26',
  'N27',
  'N28',
  'N29',
  'N30',
  'N31',
  'N32',
  'N33',
  'N34',
  'N35',
  'N36',
  'N37',
  'N38',
  'N39',
  'N40',
  'N41',
  'N42',
  'N43',
];

const ids = [...first, ...second];

/** What is not settled yet, or not all of it. Shrinks. */
const open: string[] = [];

const table = readFileSync(join(repository, 'docs', 'field-failures.md'), 'utf8');

interface Row {
  id: string;
  here: string;
  files: string[];
}

const rows: Row[] = table
  .split('\n')
  .filter((line) => /^\| [A-Z]\d\d \|/.test(line))
  .map((line) => {
    const [id = '', , here = '', tests = ''] = line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim());
    return { id, here, files: [...tests.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file) };
  });

test('every field failure has one row in the table, in order', () => {
  assert.deepEqual(
    rows.map(({ id }) => id),
    ids,
  );
});

test('every row says what becomes of it, and either names tests or says why there can be none', () => {
  for (const { id, here, files } of rows) {
    assert.notEqual(here, '', id);
    assert.ok(files.length > 0 || /impossible|open/i.test(here), `${id} names no test`);
  }
});

test('every test file of the table is there and has the id in the name of a test', () => {
  for (const { id, files } of rows) {
    for (const file of files) {
      assert.match(file, /^test\/.+\.ts$/);
      const word = new RegExp(`\\b${id}\\b`);
      assert.ok(
        textsOf(file).some((text) => word.test(text)),
        `${file} has no test of ${id}`,
      );
    }
  }
});

test('what is open is known', () => {
  const said = rows.filter(({ here }) => /\bopen\b/i.test(here)).map(({ id }) => id);
  assert.deepEqual(said, open);
});
