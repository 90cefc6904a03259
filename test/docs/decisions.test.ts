import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository } from '../support/lab.ts';

const folder = join(repository, 'docs', 'decisions');
const index = readFileSync(join(folder, 'README.md'), 'utf8');

test('the index has every decision with its title, a date and a status, in order', () => {
  const files = readdirSync(folder).filter((name) => /^\d{4}-.*\.md$/.test(name));
  const expected = files.sort().map((name) => {
    const [, title] = /^# (.*)$/m.exec(readFileSync(join(folder, name), 'utf8')) ?? [];
    return `| [${name.slice(0, 4)}](${name}) | ${title} |`;
  });
  const rows = index.split('\n').filter((line) => /^\| \[\d/.test(line));
  assert.deepEqual(
    rows.map((row) => /^\|[^|]*\|[^|]*\|/.exec(row)?.[0]),
    expected,
  );
  for (const row of rows)
    assert.match(row, /\| \d{4}-\d\d-\d\d \| (?:in effect|replaced by \[\d{4}\]\(.*\)) \|$/);
});

test('every number that is missing between two decisions is explained', () => {
  const numbers = [...index.matchAll(/^\| \[(\d{4})\]/gm)].map(([, number]) => Number(number));
  const gaps = numbers.flatMap((number, at) => {
    const before = numbers[at - 1] ?? number - 1;
    return Array.from({ length: number - before - 1 }, (_, i) => before + 1 + i);
  });
  const explained = [...index.matchAll(/\b(\d{4}) to (\d{4})\b/g)].flatMap(([, from, to]) =>
    Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => Number(from) + i),
  );
  assert.deepEqual(gaps, explained);
});
