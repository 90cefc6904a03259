import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  equals,
  isBoolean,
  isInteger,
  isPositive,
  isText,
  listOf,
  nullOr,
  optional,
  parseState,
  type Shape,
} from '../../src/service/state-text.ts';

interface Example {
  schema: 1;
  name: string;
  pid: number;
  start: string | null;
  ended: boolean;
  argv: string[];
  count?: number;
}

const shape: Shape<Example> = {
  schema: equals(1),
  name: isText,
  pid: isPositive,
  start: nullOr(isText),
  ended: isBoolean,
  argv: listOf(isText),
  count: optional(isInteger),
};

const example: Example = { schema: 1, name: 'a', pid: 1, start: null, ended: false, argv: ['x'] };

describe('the text of a state file', () => {
  it('reads back what was written', () => {
    const text = fc.string({ minLength: 1 });
    const examples = fc.record(
      {
        schema: fc.constant(1 as const),
        name: text,
        pid: fc.integer({ min: 1 }),
        start: fc.option(text),
        ended: fc.boolean(),
        argv: fc.array(text),
        count: fc.integer(),
      },
      { requiredKeys: ['schema', 'name', 'pid', 'start', 'ended', 'argv'] },
    );
    fc.assert(
      fc.property(examples, (value) => {
        const read = JSON.parse(JSON.stringify(value)) as Example;
        assert.deepEqual(parseState(JSON.stringify(value), shape), { kind: 'valid', value: read });
      }),
    );
  });

  it('names the first field that is missing or wrong', () => {
    for (const [field, wrong] of [
      ['schema', 2],
      ['name', ''],
      ['pid', 0],
      ['start', 3],
      ['ended', 'no'],
      ['argv', ['x', 1]],
      ['count', 0.5],
    ] as const) {
      const text = JSON.stringify({ ...example, [field]: wrong });
      assert.deepEqual(parseState(text, shape), {
        kind: 'invalid',
        reason: `${field} is missing or wrong`,
      });
    }
  });

  it('keeps what a newer memoryd wrote beside', () => {
    const newer = { ...example, later: true };
    assert.deepEqual(parseState(JSON.stringify(newer), shape), { kind: 'valid', value: newer });
  });

  it('refuses everything that is not an object, whatever it is', () => {
    for (const text of ['null', '[]', '1', '"x"']) {
      assert.deepEqual(parseState(text, shape), { kind: 'invalid', reason: 'not an object' });
    }
    fc.assert(fc.property(fc.string(), (text) => parseState(text, shape).kind === 'invalid'));
    const whole = JSON.stringify(example);
    for (let length = 0; length < whole.length; length += 1) {
      assert.equal(parseState(whole.slice(0, length), shape).kind, 'invalid');
    }
  });
});
