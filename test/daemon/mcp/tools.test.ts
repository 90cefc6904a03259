import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSessionThreads } from '../../../src/daemon/mcp/session-threads.ts';
import { startTestDaemon } from '../../support/daemon.ts';
import { call, connect, eras } from './official-client.ts';

for (const [name, mode, era] of eras) {
  test(`${name}: memories stored one after the other in a session belong together`, async (t) => {
    const client = await connect(t, await startTestDaemon(t), mode);
    const threads: (string | undefined)[] = [];
    for (const project of [undefined, undefined, 'other', undefined]) {
      const { memory } = await call(client, 'store_memory', { content: `${threads.length}`, project });
      threads.push(memory.thread);
    }
    const [first, second, other, third] = threads;
    if (era === 'modern') return assert.deepEqual(threads, [undefined, undefined, undefined, undefined]);
    assert.ok(first !== undefined && other !== undefined);
    assert.deepEqual([second, third], [first, first]);
    assert.notEqual(other, first);
  });

  test(`${name}: a batch is stored in order, as one thread, and each text once`, async (t) => {
    const client = await connect(t, await startTestDaemon(t), mode);
    const texts = ['We chose SQLite', 'because it needs no server', 'We chose SQLite'];
    const stored = await call(client, 'store_memory', {
      memories: texts.map((content) => ({ content })),
      project: 'p',
      tags: 'decision',
    });
    assert.deepEqual(
      stored.memories.map((one: { stored: boolean }) => one.stored),
      [true, true, false],
    );
    assert.equal(stored.memories[2].id, stored.memories[0].id);
    const [found] = (await call(client, 'search_memories', { query: 'sqlite', related: true, project: 'p' }))
      .memories;
    assert.deepEqual([found.position, found.tags, found.project], [1, ['decision'], 'p']);
    assert.equal(found.related[0].snippet, texts[1]);
    assert.equal((await call(client, 'list_memories', {})).memories.length, 2);
    const again = await call(client, 'store_memory', { content: texts[0], project: 'p' });
    assert.deepEqual([again.stored, again.memory.id], [false, found.id]);
    const anyway = { content: texts[0], project: 'p', allowDuplicate: true };
    assert.equal((await call(client, 'store_memory', anyway)).stored, true);
  });

  test(`${name}: a memory with other words for the same is told`, async (t) => {
    const client = await connect(t, await startTestDaemon(t), mode);
    const { memory } = await call(client, 'store_memory', {
      content: 'The user prefers tabs for indentation in Go code',
    });
    const second = await call(client, 'store_memory', {
      content: 'User prefers tabs for the indentation of Go code',
    });
    assert.equal(second.stored, true);
    assert.equal(second.similar[0].id, memory.id);
    assert.ok(second.similar[0].similarity > 0.8);
    assert.equal(
      (await call(client, 'store_memory', { content: 'Something else entirely' })).similar,
      undefined,
    );
  });

  test(`${name}: a search comes page by page, each match once`, async (t) => {
    const client = await connect(t, await startTestDaemon(t), mode);
    const memories = Array.from({ length: 30 }, (_, n) => ({
      content: `heron ${'lake '.repeat(n % 3)}${n}`,
    }));
    await call(client, 'store_memory', { memories });
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await call(client, 'search_memories', { query: 'heron lake', limit: 8, cursor });
      ids.push(...page.memories.map(({ id }: { id: string }) => id));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    assert.equal(ids.length, 30);
    assert.equal(new Set(ids).size, 30);
  });

  test(`${name}: memories are deleted by filter, after a dry run`, async (t) => {
    const client = await connect(t, await startTestDaemon(t), mode);
    const memories = Array.from({ length: 40 }, (_, n) => ({
      content: `note ${n}`,
      createdAt: `2026-01-${String((n % 28) + 1).padStart(2, '0')}T00:00:00Z`,
      tags: n % 2 === 0 ? ['Even'] : [],
      project: n < 20 ? 'a/b' : 'a',
    }));
    await call(client, 'store_memory', { memories });
    const filter = { anyTags: ['even', 'none'], project: 'A', createdBefore: '2026-01-25T00:00:00Z' };
    const planned = await call(client, 'delete_memories', { ...filter, dryRun: true });
    assert.deepEqual([planned.matched, planned.deleted, planned.dryRun], [8, 0, true]);
    assert.equal(planned.memories.length, 8);
    assert.ok(planned.memories.every((one: { project: string }) => one.project === 'a'));
    const done = await call(client, 'delete_memories', filter);
    assert.deepEqual([done.matched, done.deleted, done.memories], [8, 8, planned.memories]);
    const ids = (await call(client, 'list_memories', { limit: 3 })).memories.map(
      ({ id }: { id: string }) => id,
    );
    assert.equal((await call(client, 'delete_memories', { ids: [...ids, 'none'] })).deleted, 3);
    const { stats, projects, tags } = await call(client, 'stats');
    assert.equal(stats.memories, 29);
    assert.equal(projects.length, 2);
    assert.deepEqual(
      tags.map(({ tag }: { tag: string }) => tag),
      ['even'],
    );
    for (const wrong of [{}, { tags: [] }, { dryRun: true }, { ids, project: 'a' }]) {
      const refused = await client.callTool({ name: 'delete_memories', arguments: wrong });
      assert.match(JSON.stringify(refused.content), /either ids or at least one filter/);
    }
    assert.equal((await call(client, 'stats')).stats.memories, 29);
  });
}

test('tags, projects and the newest memories are told', async (t) => {
  const client = await connect(t, await startTestDaemon(t), 'auto');
  await call(client, 'store_memory', {
    content: 'one',
    tags: ['a', 'b'],
    project: 'p/q',
    createdAt: '2026-01-01',
  });
  await call(client, 'store_memory', {
    content: 'x'.repeat(400),
    tags: ['A'],
    project: 'p',
    createdAt: '2026-01-02',
  });
  assert.deepEqual((await call(client, 'list_tags')).tags, [
    { tag: 'a', memories: 2 },
    { tag: 'b', memories: 1 },
  ]);
  assert.deepEqual((await call(client, 'list_tags', { project: 'P' })).tags, [{ tag: 'a', memories: 1 }]);
  const { projects } = await call(client, 'list_projects');
  assert.deepEqual(
    projects.map(({ project, memories }: { project: string; memories: number }) => [project, memories]),
    [
      ['p', 1],
      ['p/q', 1],
    ],
  );
  const [newest] = (await call(client, 'recent', { project: 'p/q', limit: '1' })).memories;
  assert.equal(newest.snippet, `${'x'.repeat(300)}…`);
});

test('what cannot be stored is refused with the reason', async (t) => {
  const client = await connect(t, await startTestDaemon(t), 'auto');
  const refused: [args: Record<string, unknown>, reason: RegExp][] = [
    [{}, /give either content or memories/],
    [{ content: 'a', memories: [{ content: 'b' }] }, /give either content or memories/],
    [{ content: 'a', expiresAt: '2020-01-01' }, /expiresAt: lies in the past/],
    [{ content: 'a', createdAt: 'last week' }, /createdAt: must be an ISO 8601 date or time/],
  ];
  for (const [args, reason] of refused) {
    const result = await client.callTool({ name: 'store_memory', arguments: args });
    assert.equal(result.isError, true);
    assert.match(JSON.stringify(result.content), reason);
  }
});

test('a pause ends the thread of a session', () => {
  let now = 0;
  const threads = createSessionThreads(() => now);
  const first = threads('p');
  now += 30 * 60_000;
  assert.equal(threads('p'), first);
  now += 30 * 60_000 + 1;
  assert.notEqual(threads('p'), first);
});
