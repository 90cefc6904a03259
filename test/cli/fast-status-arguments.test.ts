import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFastStatus } from '../../src/cli/fast-status-arguments.ts';

const plain: [string[], string | undefined, boolean, boolean][] = [
  [['status'], undefined, false, false],
  [['status', 'notes'], 'notes', false, false],
  [['status', '--json'], undefined, true, false],
  [['status', '--fast', 'notes', '--json'], 'notes', true, true],
];
for (const [args, name, json, fast] of plain) {
  test(`${args.join(' ')} needs no parser`, () => {
    assert.deepEqual(parseFastStatus(args), { name, options: { json, fast } });
  });
}

const others = [
  [],
  ['start'],
  ['status', '-h'],
  ['status', '--backend', 'systemd'],
  ['status', 'a', 'b'],
  ['--json', 'status'],
];
for (const args of others) {
  test(`${args.join(' ') || 'nothing'} is left to the parser`, () => {
    assert.equal(parseFastStatus(args), undefined);
  });
}
