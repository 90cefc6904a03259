import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FileResult, isFlaky, lastLine, slowest, total } from '../../scripts/testing/counts.ts';

const passed = { passed: 2, failed: 0, skipped: 1 };
const failed = { passed: 1, failed: 1, skipped: 1 };
const steady: FileResult = { file: 'steady', seconds: 1, first: passed };
const broken: FileResult = { file: 'broken', seconds: 3, first: failed, second: failed };
const flaky: FileResult = { file: 'flaky', seconds: 2, first: failed, second: passed };

test('a file that failed first and passed alone is flaky; one that failed twice is not', () => {
  assert.deepEqual([steady, broken, flaky].map(isFlaky), [false, false, true]);
});

test('a file that failed and had no second run is failed, not flaky', () => {
  const only: FileResult = { file: 'only', seconds: 1, first: failed };
  assert.equal(isFlaky(only), false);
  assert.deepEqual(total([only], true), failed);
});

test('a flaky file is no failure on a desk, and one in CI', () => {
  assert.deepEqual(total([steady, flaky], false), { passed: 4, failed: 0, skipped: 2 });
  assert.deepEqual(total([steady, flaky], true), { passed: 4, failed: 1, skipped: 2 });
});

test('a second run replaces the first', () => {
  assert.deepEqual(total([steady, broken], true), { passed: 3, failed: 1, skipped: 2 });
});

test('the slowest come first', () => {
  assert.deepEqual(slowest([steady, broken, flaky], 2), ['    3.0 s  broken', '    2.0 s  flaky']);
});

test('the last line says all three numbers', () => {
  assert.equal(lastLine({ passed: 3, failed: 0, skipped: 12 }), '3 passed, 0 failed, 12 skipped');
});
