import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { observe } from '../../../src/platform/standalone/observe.ts';
import { siteOf } from '../../../src/platform/standalone/site.ts';
import { recordPath } from '../../../src/runtime/launch-record.ts';
import { supervisorPath } from '../../../src/runtime/supervisor-file.ts';
import { realSystem } from '../../../src/system/system.ts';

/** The process as observed, where a supervisor that is not here was last seen on `machine`. */
async function processOn(machine: string) {
  await using fixture = await createFixture({});
  const { path } = fixture;
  const site = siteOf(realSystem(), { config: path, data: path, state: path, logs: path }, 'memory');
  const argv = ['node', 'memoryd', 'host', 'memory'];
  const record = { schema: 1, service: 'memory', description: '', argv, workingDirectory: '/', listen: null };
  const times = { startTimeoutSecs: 1, stopTimeoutSecs: 1, startAtLogin: false };
  mkdirSync(dirname(recordPath(site.paths)), { recursive: true });
  writeFileSync(recordPath(site.paths), JSON.stringify({ ...record, ...times }));
  const gone = {
    schema: 1,
    pid: 2 ** 22 - 1,
    start: 'x',
    startedAt: '',
    machine,
    argv,
    ended: false,
    lastExit: null,
  };
  writeFileSync(supervisorPath(site.paths), JSON.stringify(gone));
  const unit = await observe(site, false);
  assert.equal(unit.kind, 'registered');
  return unit.process;
}

test('N35 one home on two machines: a supervisor of the other one is not called gone', async () => {
  const there = await processOn('laptop');
  assert.deepEqual(there, { kind: 'unknown', reason: 'it runs on laptop, or did until that went down' });
  assert.equal((await processOn(hostname())).kind, 'failed');
});
