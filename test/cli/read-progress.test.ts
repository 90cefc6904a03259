import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressText, showReadProgress } from '../../src/cli/render/read-progress.ts';
import { holdClock } from '../support/held-clock.ts';

test('progress tells how much is read and how long the rest takes', () => {
  assert.equal(progressText(25_000_000, 100_000_000, 5_000), '25 % of 100 MB, 15 s left');
  assert.equal(progressText(1_000_000, 622_000_000, 1_000), '0 % of 622 MB, 11 min left');
});

test('progress is shown twice a second, in one line that is empty afterwards', () => {
  const clock = holdClock();
  const written: string[] = [];
  const progress = showReadProgress(clock, (text) => void written.push(text));
  for (let n = 1; n <= 10; n += 1) {
    clock.advance(100);
    progress(n, 10);
  }
  assert.deepEqual(written, ['\r\x1b[K50 % of 1 MB, 1 s left', '\r\x1b[K']);
});

test('what is read at once shows nothing', () => {
  const written: string[] = [];
  showReadProgress(holdClock(), (text) => void written.push(text))(10, 10);
  assert.deepEqual(written, []);
});
