import assert from 'node:assert/strict';
import test from 'node:test';
import { checkName } from '../../src/service/name.ts';

test('a name of a device of Windows names no service, on any system (N25)', () => {
  for (const name of ['con', 'prn', 'aux', 'nul', 'com1', 'lpt9']) {
    assert.throws(() => checkName(name), { kind: 'configuration', message: /device of Windows/ });
  }
  for (const name of ['a', 'con1', 'console', 'com', 'memory', 'nul-1', 'a'.repeat(32)])
    assert.equal(checkName(name), name);
});
