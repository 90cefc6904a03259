import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { schemaVersion } from '../../src/daemon/store/migrations.ts';
import { startTestDaemon } from '../support/daemon.ts';
import { holdClock } from '../support/held-clock.ts';

const call = (name: string, args: object) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: {
    name,
    arguments: args,
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'tester', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  },
});

const headersFor = (name: string) => ({
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': name,
});

test('a daemon that stored nothing yet is ready, and looking makes nothing', async (t) => {
  const { ask, dataDir } = await startTestDaemon(t);
  const { status, json } = await ask('GET', '/readyz');
  assert.equal(status, 200);
  assert.equal(json.status, 'ready');
  assert.deepEqual(json.checks.store, { ok: true, state: 'empty' });
  assert.equal(json.checks.disk.ok, true);
  assert.ok(json.checks.disk.freeBytes > 0);
  assert.equal(json.schemaVersion, schemaVersion);
  assert.equal(json.lastWrite, null);
  assert.equal(existsSync(dataDir), false);
});

test('readiness tells the last write, and proves the next one by writing', async (t) => {
  const clock = holdClock();
  const { ask, post, dataDir, daemon } = await startTestDaemon(t, { clock });
  const stored = await post(call('store_memory', { content: 'x' }), headersFor('store_memory'));
  assert.equal(stored.status, 200, stored.text);
  const at = clock.now().toISOString();
  assert.equal((await ask('GET', '/readyz')).json.lastWrite, at);
  clock.advance(60_000);
  const { status, json } = await ask('GET', '/readyz');
  assert.equal(status, 200);
  assert.deepEqual(json.checks.store, { ok: true, state: 'in-use' });
  assert.equal(json.lastWrite, at, 'a probe is no memory');
  assert.equal(daemon.counters().lastWrite, at);
  assert.equal(daemon.counters().memories, 1);
  const db = new DatabaseSync(join(dataDir, 'memories.db'), { readOnly: true });
  t.after(() => db.close());
  const probe = db.prepare("SELECT at FROM writes WHERE kind = 'probe'").get();
  assert.deepEqual({ ...probe }, { at: clock.now().getTime() });
});

test('X04: a store that cannot be written is not ready, though the process is up', async (t) => {
  const clock = holdClock();
  const { ask, post, dataDir } = await startTestDaemon(t, { clock });
  await post(call('store_memory', { content: 'x' }), headersFor('store_memory'));
  clock.advance(60_000);
  // Another process that never lets go of the write lock.
  const other = new DatabaseSync(join(dataDir, 'memories.db'));
  t.after(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  const { status, json } = await ask('GET', '/readyz');
  assert.equal(status, 503);
  assert.equal(json.status, 'not-ready');
  assert.equal(json.checks.store.ok, false);
  assert.match(json.checks.store.why, /locked/);
  other.exec('ROLLBACK');
  assert.equal((await ask('GET', '/readyz')).status, 200);
});

test('X04: a damaged store is not ready, and says why', async (t) => {
  const { ask, dataDir, post, daemon } = await startTestDaemon(t);
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(join(dataDir, 'memories.db'), 'this was a database once, but something wrote over it');
  const { status, json } = await ask('GET', '/readyz');
  assert.equal(status, 503);
  assert.match(json.checks.store.why, /not a database/);
  assert.equal(json.checks.store.state, 'unusable');
  assert.equal(daemon.problem?.()?.kind, 'damaged');
  const stored = await post(call('store_memory', { content: 'x' }), headersFor('store_memory'));
  assert.equal(stored.json.result.isError, true);
  assert.match(
    stored.json.result.content[0].text,
    /memories\.db .*not a database.*; try: memoryd repair memory$/,
  );
});

const root = process.getuid?.() === 0;
const cannotDeny = root ? 'root may write everywhere' : process.platform === 'win32' ? 'needs modes' : false;

test('a place where the store cannot be made is not ready', { skip: cannotDeny }, async (t) => {
  const { ask, dataDir } = await startTestDaemon(t);
  // Empty, so that it can be removed all the same.
  mkdirSync(dataDir, { mode: 0o500 });
  const { status, json } = await ask('GET', '/readyz');
  assert.equal(status, 503);
  assert.equal(json.checks.store.ok, false);
});

test('a place below a file is not ready', async (t) => {
  const { dataDir: parent } = await startTestDaemon(t);
  mkdirSync(parent);
  writeFileSync(join(parent, 'file'), '');
  const { ask } = await startTestDaemon(t, { dataDir: join(parent, 'file', 'data') });
  const { status, json } = await ask('GET', '/readyz');
  assert.equal(status, 503);
  assert.equal(json.checks.store.ok, false);
});

test('probes are answered however many sessions and syncs are refused', async (t) => {
  const settings = { sessions: { rateLimit: 1 }, sync: { rateLimit: 1 } };
  const { ask, post } = await startTestDaemon(t, { settings });
  const clientInfo = { name: 'tester', version: '1' };
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
  const statuses = new Set<number>();
  for (let n = 0; n < 20; n += 1) {
    statuses.add((await post({ jsonrpc: '2.0', id: 1, method: 'initialize', params })).status);
    statuses.add((await ask('GET', '/projects/p/files')).status);
    assert.equal((await ask('GET', '/readyz')).status, 200);
  }
  assert.deepEqual(statuses, new Set([200, 429]));
});
