import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { startTestDaemon } from '../../support/daemon.ts';
import { call as callTool, connect, eras } from './official-client.ts';

for (const [name, mode, era] of eras) {
  test(`the official client, ${name}: a handshake and the tool list create nothing`, async (t) => {
    const running = await startTestDaemon(t);
    const client = await connect(t, running, mode);
    assert.equal(client.getServerVersion()?.name, 'memoryd');
    const { tools } = await client.listTools();
    assert.deepEqual(
      tools.map((tool) => tool.name),
      [
        ...['store_memory', 'search_memories', 'get_memory', 'recent', 'list_memories', 'update_memory'],
        ...['delete_memory', 'delete_memories', 'list_tags', 'list_projects', 'stats'],
      ],
    );
    for (const tool of tools) {
      assert.equal(tool.inputSchema.type, 'object', tool.name);
      assert.equal(tool.outputSchema?.type, 'object', tool.name);
      assert.equal(typeof tool.annotations?.readOnlyHint, 'boolean', tool.name);
    }
    const found = await client.callTool({ name: 'search_memories', arguments: { query: 'anything' } });
    assert.deepEqual(found.structuredContent, { memories: [] });
    assert.equal(existsSync(running.dataDir), false);
  });

  test(`the official client, ${name}: stores, searches, gets, lists, updates and deletes`, async (t) => {
    const running = await startTestDaemon(t);
    const client = await connect(t, running, mode);
    const call = (tool: string, args: Record<string, unknown>) => callTool(client, tool, args);
    const { memory } = await call('store_memory', {
      content: 'We chose SQLite because it needs no server.',
      title: 'Database decision',
      tags: ['decision'],
      project: 'memoryd',
    });
    await call('store_memory', { content: 'Lunch is at noon.' });
    const { memories } = await call('search_memories', { query: 'why which database', project: 'memoryd' });
    assert.equal(memories[0].id, memory.id);
    assert.equal(memories[0].whole, true);
    assert.deepEqual((await call('get_memory', { id: memory.id })).memory, memory);
    const listed = await call('list_memories', { limit: 1 });
    assert.equal(listed.memories[0].content, 'Lunch is at noon.');
    const next = await call('list_memories', { limit: 1, cursor: listed.nextCursor });
    assert.equal(next.memories[0].id, memory.id);
    const updated = await call('update_memory', { id: memory.id, title: null, tags: ['settled'] });
    assert.deepEqual(updated.memory, {
      ...memory,
      title: null,
      tags: ['settled'],
      updatedAt: updated.memory.updatedAt,
    });
    assert.deepEqual(await call('delete_memory', { id: memory.id }), { deleted: memory.id });
    assert.deepEqual((await call('search_memories', { query: 'sqlite' })).memories, []);
  });

  test(`the official client, ${name}: mistakes are told, nothing breaks`, async (t) => {
    const running = await startTestDaemon(t);
    const client = await connect(t, running, mode);
    assert.equal(client.getProtocolEra(), era);
    await assert.rejects(client.callTool({ name: 'no_such_tool', arguments: {} }), /no_such_tool/);
    const mistakes: [string, Record<string, unknown>, RegExp][] = [
      ['store_memory', {}, /content/],
      ['store_memory', { content: 7 }, /content/],
      ['store_memory', { content: 'x', tag: ['misspelt'] }, /tag/],
      ['get_memory', { id: 'nowhere' }, /no memory has the id nowhere/],
      ['delete_memory', { id: 'nowhere' }, /no memory has the id nowhere/],
      ['update_memory', { id: 'nowhere', title: 'x' }, /no memory has the id nowhere/],
      ['list_memories', { cursor: 'made up' }, /cursor/],
      ['search_memories', { query: 'x', createdAfter: 'yesterday' }, /createdAfter/],
    ];
    for (const [tool, args, message] of mistakes) {
      const result = await client.callTool({ name: tool, arguments: args });
      assert.equal(result.isError, true, tool);
      assert.match(JSON.stringify(result.content), message);
    }
    assert.equal(existsSync(running.dataDir), false);
    const fine = await client.callTool({ name: 'list_memories', arguments: {} });
    assert.deepEqual(fine.structuredContent, { memories: [] });
  });
}
