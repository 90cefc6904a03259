import assert from 'node:assert/strict';
import test from 'node:test';
import { commandLine } from '../../src/platform/task-scheduler/escape.ts';
import { windowsArguments } from '../simulators/windows/command-line.ts';
import { hostileValues, seed } from '../support/hostile.ts';
import type { Wine } from './wine.ts';

/** What Windows can carry in a command line: no NUL, no half surrogate pair, and not more than it allows. */
function carriable(values: readonly string[]): string[] {
  return values.filter(
    (value) =>
      !value.includes('\0') &&
      value.isWellFormed() &&
      value.length < 2000 &&
      // Node 22 for Windows dies of this one: an assertion in libuv's src/idna.c is off by one.
      !value.includes('\u{10ffff}'),
  );
}

export function quoting(wine: () => Wine): void {
  test("hostile arguments reach a Windows process as they are, through Microsoft's own parser", async (t) => {
    t.diagnostic(`MEMORYD_SEED=${seed}`);
    const values = carriable(hostileValues(1000));
    assert.ok(values.length > 600, `${values.length}`);
    const batches = Array.from({ length: 12 }, (_, batch) =>
      values.filter((_, index) => index % 12 === batch),
    );
    const lines = batches.map(commandLine);
    const received = await wine().ask<string[][]>('arguments.ts', lines);
    for (const [index, batch] of batches.entries()) assert.deepEqual(received[index], batch);
  });

  test('the parser that the simulator judges with takes lines apart as Windows does', async () => {
    const odd = [
      'a"b c"d',
      '"a""b" c',
      'a\\\\"b c" d',
      'a\\"b',
      '""',
      '"" a',
      'a\\ b\\\\ "c\\\\"',
      '"a b',
      'a\tb  c ',
      '"a"""b"',
      '\\\\srv\\x "\\\\"',
    ];
    const received = await wine().ask<string[][]>('arguments.ts', odd);
    for (const [index, line] of odd.entries())
      assert.deepEqual(windowsArguments(line), received[index], line);
  });
}
