import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { storeMemory } from '../../../src/daemon/mcp/tools/store-memory.ts';
import type { Store } from '../../../src/daemon/store/index.ts';
import { exportMemories, formatOf, importMemories } from '../../../src/daemon/transfer/index.ts';
import { openTestStore } from '../../support/store.ts';

// Written by @modelcontextprotocol/server-memory 2026.8.31 itself.
const graph = readFileSync(
  join(import.meta.dirname, '..', '..', 'fixtures', 'server-memory', '2026.8.31.jsonl'),
  'utf8',
);

const remembered = JSON.stringify([
  { ts: '2026-02-01T10:00:00.000Z', type: 'preference', content: 'Prefers tabs' },
  { ts: '2026-02-02T10:00:00.000Z', type: 'fact', content: 'The server runs Debian' },
]);

const entities = JSON.stringify({
  files: {
    'src/main.ts': {
      mentions: 3,
      lastSeen: '2026-02-05T10:00:00.000Z',
      contexts: [
        { ts: '2026-02-05T10:00:00.000Z', type: 'commit', summary: 'Split the parser out' },
        { ts: '2026-02-03T10:00:00.000Z', type: 'prompt', summary: 'Why is the parser slow' },
      ],
    },
  },
  functions: {},
  errors: { 'TypeError: x is not iterable': { mentions: 1, lastSeen: null, contexts: [] } },
  packages: {},
  lastUpdated: '2026-02-05T10:00:00.000Z',
});

const counts = (stored: number, updated: number, unchanged: number) => ({
  stored,
  updated,
  unchanged,
  skipped: [],
  shortened: [],
});

function contents(store: Store): (string | null)[][] {
  return [...store.export()].map(({ title, content, tags }) => [title, content, tags.join()]).toSorted();
}

test('a knowledge graph of server-memory becomes a memory for each entity', async (t) => {
  const { store } = await openTestStore(t);
  assert.deepEqual(await importMemories(store, graph, { format: 'server-memory' }), counts(3, 0, 0));
  assert.deepEqual(contents(store), [
    ['Acme "HQ"\nBerlin', 'Écrit en UTF-8 🧠', 'organization'],
    [
      'John_Smith',
      'Speaks fluent Spanish\nGraduated in 2019\nPrefers morning meetings\nworks_at Acme "HQ"\nBerlin',
      'person',
    ],
    ['lonely', 'lonely', 'note'],
  ]);
  const [found] = store.search('who speaks spanish', { filter: {}, limit: 1 });
  assert.equal(found?.title, 'John_Smith');
});

test('importing again stores nothing twice, brings what changed, and leaves what was edited here', async (t) => {
  const { store } = await openTestStore(t);
  await importMemories(store, graph, { format: 'server-memory' });
  assert.deepEqual(await importMemories(store, graph, { format: 'server-memory' }), counts(0, 0, 3));
  const [john] = store.search('spanish', { filter: {}, limit: 1 });
  store.update(john?.id ?? '', { content: 'edited here' });
  assert.deepEqual(await importMemories(store, graph, { format: 'server-memory' }), counts(0, 0, 3));
  assert.equal(store.get(john?.id ?? '')?.content, 'edited here');
  const changed = graph.replace('Graduated in 2019', 'Graduated in 2020');
  assert.deepEqual(await importMemories(store, changed, { format: 'server-memory' }), counts(0, 1, 2));
  assert.match(store.get(john?.id ?? '')?.content ?? '', /2020/);
});

test('remembered.json keeps its times and types', async (t) => {
  const { store } = await openTestStore(t);
  const options = { format: 'remembered', project: 'my-project' } as const;
  assert.deepEqual(await importMemories(store, remembered, options), counts(2, 0, 0));
  assert.deepEqual(await importMemories(store, remembered, options), counts(0, 0, 2));
  const [newest] = store.list({ project: 'my-project' }, 1)?.memories ?? [];
  assert.equal(newest?.content, 'The server runs Debian');
  assert.equal(newest?.createdAt, '2026-02-02T10:00:00.000Z');
  assert.deepEqual(newest?.tags, ['fact']);
  const elsewhere = await importMemories(store, remembered, { format: 'remembered', project: 'another' });
  assert.deepEqual(elsewhere, counts(2, 0, 0), 'the same words in another project are another memory');
});

test('entities.json becomes a memory for each entity, with its contexts', async (t) => {
  const { store } = await openTestStore(t);
  assert.deepEqual(await importMemories(store, entities, { format: 'entities' }), counts(2, 0, 0));
  const [file] = store.list({ tags: ['file'] }, 1)?.memories ?? [];
  assert.equal(file?.title, 'src/main.ts');
  assert.equal(file?.content, '2026-02-05 Split the parser out\n2026-02-03 Why is the parser slow');
  assert.equal(file?.createdAt, '2026-02-03T10:00:00.000Z');
  assert.equal(file?.updatedAt, '2026-02-05T10:00:00.000Z');
  const [error] = store.list({ tags: ['error'] }, 1)?.memories ?? [];
  assert.equal(error?.content, 'TypeError: x is not iterable');
});

test('an export imported elsewhere is the same, origins too; the newer of two versions stays', async (t) => {
  const here = (await openTestStore(t)).store;
  const there = (await openTestStore(t)).store;
  await importMemories(here, graph, { format: 'server-memory' });
  const expiresAt = Date.UTC(2030, 0);
  here.add({
    content: 'plain',
    tags: ['x'],
    project: 'p',
    thread: 't',
    position: 3,
    importance: 0.7,
    expiresAt,
  });
  const text = [...exportMemories(here)].join('');
  assert.deepEqual(await importMemories(there, text, { format: 'jsonl' }), counts(4, 0, 0));
  assert.deepEqual([...there.export()], [...here.export()]);
  assert.deepEqual(await importMemories(there, text, { format: 'jsonl' }), counts(0, 0, 4));
  assert.deepEqual(await importMemories(there, graph, { format: 'server-memory' }), counts(0, 0, 3));
});

test('of a memory that is here and in the file the newer one counts', async (t) => {
  const { store, clock } = await openTestStore(t);
  const memory = store.add({ content: 'first' });
  const old = [...exportMemories(store)].join('');
  clock.advance(1_000);
  store.update(memory.id, { content: 'second' });
  const recent = [...exportMemories(store)].join('');
  assert.deepEqual(await importMemories(store, old, { format: 'jsonl' }), counts(0, 0, 1));
  assert.equal(store.get(memory.id)?.content, 'second');
  clock.advance(1_000);
  const newer = recent
    .replace('second', 'third')
    .replace(/"updatedAt":"[^"]*"/, `"updatedAt":"${clock.now().toISOString()}"`);
  assert.deepEqual(await importMemories(store, newer, { format: 'jsonl' }), counts(0, 1, 0));
  assert.equal(store.get(memory.id)?.content, 'third');
});

test('lines of somebody else need only content; what is no memory is skipped and said', async (t) => {
  const { store } = await openTestStore(t);
  const text =
    '\uFEFF{"content":"one"}\r\n\nnot json\n{"text":"two"}\n{"content":"three","tags":["a",7]}\n{"content":"one"}';
  const report = await importMemories(store, text, { format: 'jsonl' });
  assert.equal(report.stored, 2);
  assert.equal(report.unchanged, 1);
  assert.deepEqual(
    report.skipped.map(({ where }) => where),
    ['line 3', 'line 4'],
  );
  assert.deepEqual(contents(store), [
    [null, 'one', ''],
    [null, 'three', 'a'],
  ]);
});

test('what is longer than a memory may be is cut, and said', async (t) => {
  const { store } = await openTestStore(t);
  const lines = [
    { content: 'x'.repeat(1_000_001), tags: ['y'.repeat(101)] },
    { content: 'fits', title: 'z'.repeat(500) },
  ];
  const text = lines.map((line) => JSON.stringify(line)).join('\n');
  const { stored, shortened } = await importMemories(store, text, { format: 'jsonl' });
  assert.equal(stored, 2);
  assert.deepEqual(shortened, [
    {
      where: `"${'x'.repeat(60)}"`,
      why: 'too long, cut off: content (at most 1000000), tag (at most 100)',
    },
  ]);
  assert.deepEqual(
    [...store.export()].map(({ content }) => content.length).toSorted((a, b) => a - b),
    [4, 1_000_000],
  );
});

test('a file that as a whole is something else is an error', async (t) => {
  const { store } = await openTestStore(t);
  await assert.rejects(importMemories(store, '{', { format: 'remembered' }), /remembered.json is not JSON/);
  await assert.rejects(importMemories(store, '{}', { format: 'remembered' }), /is not a list/);
  await assert.rejects(importMemories(store, '[]', { format: 'entities' }), /is not an index/);
  assert.deepEqual(store.counts(), { memories: null, lastWrite: null, rewriteProblem: null });
});

test('the format is told by name and first line', () => {
  assert.equal(formatOf('/x/projects/p/remembered.json', remembered), 'remembered');
  assert.equal(formatOf('entities.json', entities), 'entities');
  assert.equal(formatOf('memory.jsonl', graph), 'server-memory');
  assert.equal(formatOf('export.jsonl', '{"id":"1","content":"x"}'), 'jsonl');
  assert.equal(formatOf('anything', ''), 'jsonl');
});

test('whatever clients can store comes through an export and import unchanged', async (t) => {
  const here = (await openTestStore(t)).store;
  const there = (await openTestStore(t)).store;
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
  const input = fc.record(
    { content: text, title: text, tags: fc.array(text, { maxLength: 3 }), project: text },
    { requiredKeys: ['content'] },
  );
  const context = { store: here, now: () => 0, sessionThread: () => undefined };
  const add = async (one: object) => {
    const read = storeMemory.input['~standard'].validate({ ...one, allowDuplicate: true });
    assert.ok('value' in read);
    await storeMemory.run(context, read.value as never);
  };
  for (const one of [{ content: ' ' }, { content: '\0', title: '\n', tags: [' '], project: '\t' }])
    await add(one);
  await fc.assert(fc.asyncProperty(input, add), { numRuns: 300 });
  const report = await importMemories(there, [...exportMemories(here)].join(''), { format: 'jsonl' });
  assert.deepEqual(report, counts(302, 0, 0));
  assert.deepEqual([...there.export()], [...here.export()]);
});
