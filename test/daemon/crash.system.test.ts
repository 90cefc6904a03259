import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { createFixture } from 'fs-fixture';
import { createStore } from '../../src/daemon/store/index.ts';
import { systemClock } from '../../src/system/clock.ts';
import { token } from '../support/daemon.ts';
import { startDaemonProcess } from '../support/daemon-child.ts';

async function connect(url: URL): Promise<Client> {
  const client = new Client(
    { name: 'storm', version: '1' },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit }));
  return client;
}

interface Acknowledged {
  stored: Map<string, string>;
  deleted: Set<string>;
}

/** Writes until the daemon is gone, noting what was acknowledged: stores, updates and deletes. */
async function storm(client: Client, name: string, acknowledged: Acknowledged): Promise<void> {
  const call = async (tool: string, args: Record<string, unknown>) => {
    const result = await client.callTool({ name: tool, arguments: args });
    assert.notEqual(result.isError, true, JSON.stringify(result.content));
    return result.structuredContent as { memory: { id: string } };
  };
  for (let n = 0; ; n += 1) {
    try {
      const content = `${name} ${n} ${'x'.repeat(n % 500)}`;
      const { memory } = await call('store_memory', { content, tags: [name] });
      acknowledged.stored.set(memory.id, content);
      if (n % 5 === 1) {
        // From here until the answer either text is right.
        acknowledged.stored.delete(memory.id);
        await call('update_memory', { id: memory.id, content: `${content} updated` });
        acknowledged.stored.set(memory.id, `${content} updated`);
      }
      if (n % 7 === 3) {
        acknowledged.stored.delete(memory.id);
        await call('delete_memory', { id: memory.id });
        acknowledged.deleted.add(memory.id);
      }
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      return;
    }
  }
}

test('kill -9 in a storm of writes: every acknowledged one is there, three times over', async (t) => {
  const fixture = await createFixture({});
  t.after(() => fixture.rm());
  const dataDir = join(fixture.path, 'data');
  const acknowledged: Acknowledged = { stored: new Map(), deleted: new Set() };
  for (let round = 1; round <= 3; round += 1) {
    const { child, port } = await startDaemonProcess(t, dataDir);
    const clients = await Promise.all(
      Array.from({ length: 8 }, () => connect(new URL(`http://127.0.0.1:${port}/mcp`))),
    );
    const enough = acknowledged.stored.size + 150;
    const storms = clients.map((client, n) => storm(client, `round${round}storm${n}`, acknowledged));
    const watch = setInterval(() => acknowledged.stored.size >= enough && child.kill('SIGKILL'), 1);
    const [, signal] = await once(child, 'exit');
    clearInterval(watch);
    assert.equal(signal, 'SIGKILL');
    await Promise.all(storms);
  }
  assert.ok(acknowledged.stored.size >= 450);
  assert.ok(acknowledged.deleted.size > 0);

  const store = createStore(dataDir, systemClock, () => undefined);
  t.after(() => store.close());
  for (const [id, content] of acknowledged.stored) assert.equal(store.get(id)?.content, content);
  for (const id of acknowledged.deleted) assert.equal(store.get(id), undefined);
  const [, content = ''] = [...acknowledged.stored][0] ?? [];
  assert.ok(store.search(`"${content}"`, { filter: {}, limit: 10 }).length > 0);
  const db = new DatabaseSync(join(dataDir, 'memories.db'));
  t.after(() => db.close());
  assert.deepEqual({ ...db.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
  db.exec("INSERT INTO memory_words (memory_words) VALUES ('integrity-check')");
});
