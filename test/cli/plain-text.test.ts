import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainText } from '../../src/cli/plain-text.ts';

const esc = '\x1b';
const odd = `a${esc}[31mred${esc}[0m ${esc}]0;title\x07b\x08\r\x9bc\td\n`;

test('N39 a terminal is shown no control characters of a daemon, and pipes get every byte', () => {
  assert.equal(plainText(odd, true), 'ared b\td\n');
  assert.equal(plainText(odd, false), odd);
});
