import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding, LegacyAction } from '../../src/legacy/finding.ts';
import { fullName, parseFrom, selectFindings } from '../../src/legacy/select.ts';

const found = (kind: Finding['kind'], name: string, handling: LegacyAction = { kind: 'migrate' }) =>
  ({ kind, name, handling }) as Finding;
const told: LegacyAction = { kind: 'report', why: 'it is somebody else’s', commands: [] };
const unit = found('system-unit', 'mneme-server.service');
const app = found('pm2', 'mneme-server');
const alices = found('system-unit', 'alices.service', told);

test('the only one that can be moved is meant, of several none until they are named or all are asked for', () => {
  assert.deepEqual(selectFindings([unit, alices], {}), [unit]);
  assert.throws(() => selectFindings([unit, app, alices], {}), {
    kind: 'usage',
    message:
      '--from is needed: there are several older services: system-unit:mneme-server.service, pm2:mneme-server',
    hint: 'memoryd migrate --from system-unit:mneme-server.service',
  });
  assert.deepEqual(selectFindings([unit, app, alices], { all: true }), [unit, app]);
  assert.deepEqual(selectFindings([alices], {}), []);
});

test('W20 --from means one kind, or one by its whole name, and never one that only begins so', () => {
  const all = [unit, alices, app];
  assert.deepEqual(selectFindings(all, { from: 'pm2' }), [app]);
  assert.deepEqual(selectFindings(all, { from: 'system-unit:mneme-server' }), [unit]);
  assert.deepEqual(selectFindings(all, { from: 'system-unit:alices' }), [alices], 'its reason is told later');
  assert.throws(() => selectFindings(all, { from: 'system-unit' }), { kind: 'usage' });
  for (const from of ['system-unit:mneme', 'pm2:mneme-server.service', 'pm2:mneme', 'crontab']) {
    assert.throws(() => selectFindings(all, { from }), { kind: 'not-installed' }, from);
  }
  assert.throws(() => parseFrom('cron:x'), { kind: 'usage' });
  assert.equal(parseFrom('crontab:a:b').name, 'a:b');
  assert.equal(fullName('task', 'Graphiti\\Bootstrap'), '\\Graphiti\\Bootstrap');
});
