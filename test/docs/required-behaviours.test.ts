import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository } from '../support/lab.ts';
import { textsOf } from './texts.ts';

/** How many sentences there are of each kind: one that is lost is noticed. */
const sentences = { T: 11, C: 15, M: 15, S: 27, N: 16, P: 17 };

interface Row {
  id: string;
  required: string;
  tests: { file: string; name: string }[];
}

const rows: Row[] = readFileSync(join(repository, 'docs', 'required-behaviours.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| [A-Z]\d+ \|/.test(line))
  .map((line) => {
    const [id = '', required = '', cell = ''] = line
      .slice(1, -1)
      .split('|')
      .map((text) => text.trim());
    const tests = cell.split('<br>').map((one) => {
      const [, file = '', name = ''] = /^`([^`]+)` (.+)$/.exec(one) ?? [];
      return { file, name };
    });
    return { id, required, tests };
  });

/** The names a file gives its tests: without quotes, with `…` for what is filled in. */
function namesIn(file: string): string[] {
  return textsOf(file).map((text) =>
    text
      .slice(1, -1)
      .replaceAll(/\\(.)/g, '$1')
      .replaceAll(/\$\{(?:[^{}]|\{[^}]*\})*\}/g, '…'),
  );
}

test('every required behaviour has its line, in order', () => {
  const ids = Object.entries(sentences).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, index) => `${kind}${index + 1}`),
  );
  assert.deepEqual(
    rows.map(({ id }) => id),
    ids,
  );
});

test('every line says what is required, and names tests that are there', () => {
  for (const { id, required, tests } of rows) {
    assert.notEqual(required, '', id);
    for (const { file, name } of tests) {
      assert.match(file, /^test\/.+\.ts$/, id);
      assert.ok(namesIn(file).includes(name), `${id}: ${file} has no test called "${name}"`);
    }
  }
});
