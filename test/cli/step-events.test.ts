import assert from 'node:assert/strict';
import { test } from 'node:test';
import { output } from '../../src/cli/output.ts';
import { stepEvents } from '../../src/cli/render/step-events.ts';
import type { StepEvent } from '../../src/install/context.ts';

const copied = (bytes: number, msLeft: number | undefined): StepEvent => ({
  kind: 'copied',
  bytes,
  total: 8e9,
  msLeft,
});

test('a long copy says how much is copied, of how much, and for how long it goes on', {
  skip: process.stderr.isTTY && 'a terminal has one line for all of it',
}, () => {
  const said: string[] = [];
  const { tell } = stepEvents({ ...output(false), info: (text) => void said.push(text.trim()) }, []);
  for (const event of [copied(4e6, undefined), copied(8e7, 600_000), copied(2e9, 61_500), copied(8e9, 0)]) {
    tell(event);
  }
  assert.deepEqual(said, [
    '4.0 MB of 8000 MB (0 %)',
    '2000 MB of 8000 MB (25 %), 62 s left',
    '8000 MB of 8000 MB (100 %)',
  ]);
});

test('programs are told each time, in bytes and milliseconds', () => {
  const lines: string[] = [];
  const out = output(true, (text) => void lines.push(text));
  const { tell } = stepEvents(out, []);
  tell(copied(4e6, undefined));
  tell(copied(8e7, 600_000));
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    [
      { schema: 2, event: 'copied', bytes: 4e6, total: 8e9, msLeft: null },
      { schema: 2, event: 'copied', bytes: 8e7, total: 8e9, msLeft: 600_000 },
    ],
  );
});
