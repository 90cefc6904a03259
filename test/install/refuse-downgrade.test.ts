import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNewer, refuseDowngrade } from '../../src/install/refuse-downgrade.ts';
import type { ReceiptObservation } from '../../src/service/observation.ts';

const receipt = (version: string) =>
  ({ kind: 'valid', receipt: { version } }) as unknown as ReceiptObservation;

test('N33 an older program replaces a newer service only with --downgrade', () => {
  assert.throws(() => refuseDowngrade('notes', receipt('1.2.0'), '1.1.9', undefined), {
    kind: 'usage',
    message: '"notes" runs memoryd 1.2.0, and this is memoryd 1.1.9',
    hint: 'memoryd install notes --downgrade',
  });
  refuseDowngrade('notes', receipt('1.2.0'), '1.1.9', true);
  for (const own of ['1.2.0', '1.2.1', '2.0.0']) refuseDowngrade('notes', receipt('1.2.0'), own, undefined);
  refuseDowngrade('notes', { kind: 'absent' }, '0.1.0', undefined);
});

test('versions are compared by number', () => {
  assert.equal(isNewer('1.10.0', '1.9.9'), true);
  assert.equal(isNewer('1.9.9', '1.10.0'), false);
  assert.equal(isNewer('2.0.0', '1.99.0'), true);
  assert.equal(isNewer('1.0.0-beta.1', '1.0.0'), false);
});
