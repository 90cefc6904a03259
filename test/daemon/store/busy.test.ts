import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { retryWhileBusy } from '../../../src/daemon/store/busy.ts';
import { startTestDaemon } from '../../support/daemon.ts';
import { holdClock } from '../../support/held-clock.ts';
import { openTestStore } from '../../support/store.ts';

function call(name: string, args: object): [object, Record<string, string>] {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'tester', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const body = {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name, arguments: args, _meta: meta },
  };
  const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': name };
  return [body, headers];
}

test('while another program holds the lock, memories are found, and stores wait without barring anybody', async (t) => {
  const { post, dataDir } = await startTestDaemon(t);
  await post(...call('store_memory', { content: 'the walrus' }));
  const other = new DatabaseSync(join(dataDir, 'memories.db'));
  t.after(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  let stored = 0;
  const waiting = [1, 2, 3, 4].map(async (n) => {
    const answer = await post(...call('store_memory', { content: `patient ${n}` }));
    stored += 1;
    return answer;
  });
  for (let n = 0; n < 5; n += 1) {
    const { json } = await post(...call('search_memories', { query: 'walrus' }));
    assert.equal(json.result.structuredContent.memories.length, 1);
  }
  assert.equal(stored, 0, 'the lock was held all the time');
  other.exec('COMMIT');
  for (const { json } of await Promise.all(waiting)) assert.notEqual(json.result.isError, true);
});

test('a request does not wait for a lock for ever, and says what it waited for', async (t) => {
  const { store, dataDir } = await openTestStore(t);
  store.add({ content: 'x' });
  const [holder, waiter] = [
    new DatabaseSync(join(dataDir, 'memories.db')),
    new DatabaseSync(join(dataDir, 'memories.db')),
  ];
  t.after(() => holder.close());
  t.after(() => waiter.close());
  waiter.exec('PRAGMA busy_timeout = 0');
  holder.exec('BEGIN IMMEDIATE');
  const clock = holdClock();
  let ended = false;
  const trying = retryWhileBusy(clock, () => waiter.exec('BEGIN IMMEDIATE')).finally(() => {
    ended = true;
  });
  const failed = assert.rejects(trying, /another program has locked the store for 30 seconds/);
  for (let tries = 0; !ended && tries < 1_000; tries += 1) {
    clock.advance(100);
    await nextTurn();
  }
  await failed;
  assert.ok(clock.monotonic() >= 30_000);
});

test('an error that is no lock is not tried again', async () => {
  let tries = 0;
  const work = () => {
    tries += 1;
    throw new Error('database disk image is malformed');
  };
  await assert.rejects(retryWhileBusy(holdClock(), work), /malformed/);
  assert.equal(tries, 1);
});
