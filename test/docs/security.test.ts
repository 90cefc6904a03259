// Every row of the threat table names tests that exist.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository } from '../support/lab.ts';
import { textsOf } from './texts.ts';

interface Row {
  wants: string;
  stops: string;
  tests: { file: string; name: string }[];
}

const rows: Row[] = readFileSync(join(repository, 'SECURITY.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| (?!who |---)/.test(line) && line.startsWith('| '))
  .map((line) => {
    const [, wants = '', stops = '', cell = ''] = line
      .slice(1, -1)
      .split('|')
      .map((text) => text.trim());
    const tests = cell.split('<br>').map((one) => {
      const [, file = '', name = ''] = /^`([^`]+)` (.+)$/.exec(one) ?? [];
      return { file, name };
    });
    return { wants, stops, tests };
  });

test('the threat table has its rows, and each says what stops the attack', () => {
  assert.equal(rows.length, 14);
  for (const { wants, stops, tests } of rows) {
    assert.notEqual(wants, '');
    assert.notEqual(stops, '', wants);
    assert.ok(tests.length > 0, wants);
  }
});

test('every row of the threat table names tests that exist', () => {
  for (const { wants, tests } of rows) {
    for (const { file, name } of tests) {
      assert.match(file, /^test\/.+\.test\.ts$/, wants);
      assert.ok(name.length > 5, `${wants}: ${file} is named without a test`);
      assert.ok(
        textsOf(file).some((text) => text.replaceAll(/\\(.)/g, '$1').includes(name)),
        `${file} has no test "${name}"`,
      );
    }
  }
});
