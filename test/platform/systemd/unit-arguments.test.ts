import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { argument, executable } from '../../../src/platform/systemd/escape.ts';
import { unitArguments } from '../../../src/platform/systemd/unit-arguments.ts';
import { hostileValues } from '../../support/hostile.ts';
import { trials } from '../../support/trials.ts';

const unit = (...words: string[]) => `[Service]\nType=notify\nExecStart=${words.join(' ')}\nUMask=0077\n`;

const isWritable = (value: string) => {
  try {
    argument(value);
    return true;
  } catch {
    return false;
  }
};

test('N07 the command line of a unit is read back as it was written', () => {
  for (const value of hostileValues(trials(3000)).filter(isWritable)) {
    const words = [executable('/opt/n ode'), argument(value), argument('--data-dir')];
    assert.deepEqual(unitArguments(unit(...words)).slice(1), [value, '--data-dir'], JSON.stringify(value));
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }).filter(isWritable), (value) => {
      assert.deepEqual(unitArguments(unit('"/n"', argument(value))), ['/n', value]);
    }),
    { numRuns: trials(2000) },
  );
});

test('a unit without a command has no arguments', () => {
  assert.deepEqual(unitArguments('[Service]\n'), []);
});
