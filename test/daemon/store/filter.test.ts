import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MemoryFilter } from '../../../src/daemon/store/index.ts';
import { openTestStore, type TestStore } from '../../support/store.ts';

const memories: [content: string, project: string | undefined, tags: string[]][] = [
  ['everywhere', undefined, ['Rule']],
  ['parent', 'Acme', ['rule', 'api']],
  ['child', 'acme/Web', ['api']],
  ['grandchild', 'acme/web/forms', []],
  ['sibling', 'acme/app', ['web']],
  ['other', 'Ölwerk', ['OIL']],
];

const filters: [filter: MemoryFilter, expected: string[]][] = [
  [{ project: 'acme' }, ['everywhere', 'parent']],
  [{ project: 'ACME/web' }, ['everywhere', 'parent', 'child']],
  [{ project: 'acme/web/forms' }, ['everywhere', 'parent', 'child', 'grandchild']],
  [{ project: 'acme/web', projectOnly: true }, ['child']],
  [{ project: 'ölwerk', projectOnly: true }, ['other']],
  [{ project: 'unknown' }, ['everywhere']],
  [{ project: 'unknown', projectOnly: true }, []],
  [{ anyTags: ['API', 'oil'] }, ['parent', 'child', 'other']],
  [{ anyTags: ['api', 'oil'], tags: ['rule'] }, ['parent']],
  [{ anyTags: ['web'], project: 'acme' }, []],
  [{ anyTags: [] }, ['everywhere', 'parent', 'child', 'grandchild', 'sibling', 'other']],
];

function fill({ store, clock }: TestStore): void {
  for (const [content, project, tags] of memories) {
    store.add({ content: `${content} word`, project, tags });
    clock.advance(1_000);
  }
}

test('a filter gives the same memories to a list, a search and a count', async (t) => {
  const opened = await openTestStore(t);
  const { store } = opened;
  fill(opened);
  for (const [filter, expected] of filters) {
    const words = expected.map((word) => `${word} word`);
    const listed = store.list(filter, 10)?.memories.map(({ content }) => content);
    assert.deepEqual(listed, words.toReversed(), JSON.stringify(filter));
    const found = store.search('word', { filter, limit: 10 }).map(({ snippet }) => snippet);
    assert.deepEqual(found.toSorted(), words.toSorted(), JSON.stringify(filter));
    assert.equal(store.count(filter), words.length, JSON.stringify(filter));
  }
});

test('a list over several projects comes newest first, page after page', async (t) => {
  const { store, clock } = await openTestStore(t);
  const ids = Array.from({ length: 40 }, (_, n) => {
    if (n % 5 === 0) clock.advance(1);
    return store.add({ content: `${n}`, project: ['a', 'A', 'a/b', undefined][n % 4] }).id;
  }).toReversed();
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = store.list({ project: 'a/b' }, 7, cursor);
    seen.push(...(page?.memories ?? []).map(({ id }) => id));
    cursor = page?.next;
  } while (cursor !== undefined);
  assert.deepEqual(seen, ids);
});

test('tags and projects are counted; a project is gone with its last memory', async (t) => {
  const opened = await openTestStore(t);
  const { store } = opened;
  fill(opened);
  store.add({ content: 'more', project: 'ACME' });
  assert.deepEqual(store.tags({}, 3), [
    { tag: 'api', memories: 2 },
    { tag: 'rule', memories: 2 },
    { tag: 'oil', memories: 1 },
  ]);
  assert.deepEqual(store.tags({ project: 'acme', projectOnly: true }, 9), [
    { tag: 'api', memories: 1 },
    { tag: 'rule', memories: 1 },
  ]);
  const [newest, ...others] = store.projects(10);
  assert.deepEqual([newest?.project.toLowerCase(), newest?.memories], ['acme', 2]);
  assert.equal(others.length, 4);
  assert.equal(store.stats().projects, 5);
  store.deleteAll(
    store.list({ project: 'ölwerk', projectOnly: true }, 9)?.memories.map(({ id }) => id) ?? [],
  );
  assert.equal(store.stats().projects, 4);
});

test('importance from 0 to 1 weighs a match by half to one and a half', async (t) => {
  const { store } = await openTestStore(t);
  const low = store.add({ content: 'heron', importance: 0 });
  const plain = store.add({ content: 'heron' });
  const high = store.add({ content: 'heron', importance: 1 });
  store.add({ content: 'otter' });
  store.add({ content: 'beaver' });
  store.add({ content: 'badger' });
  store.add({ content: 'crane' });
  const found = store.search('heron', { filter: {}, limit: 9 });
  assert.deepEqual(
    found.map(({ id }) => id),
    [high.id, plain.id, low.id],
  );
  const [first, second] = found;
  const limited = store.search('heron', { filter: {}, limit: 9, minScore: second?.score });
  assert.deepEqual(
    limited.map(({ id }) => id),
    [high.id, plain.id],
  );
  assert.ok((first?.score ?? 0) > (second?.score ?? 0));
});

test('the same text is stored once where that is asked for, and nearly the same is told', async (t) => {
  const { store } = await openTestStore(t);
  const content = 'The release is built with esbuild and published from a tag';
  const [first, again, elsewhere] = store.addAll(
    [{ content }, { content }, { content, project: 'p' }],
    'skip',
  );
  assert.deepEqual([first?.stored, again?.stored, elsewhere?.stored], [true, false, true]);
  assert.equal(again?.memory.id, first?.memory.id);
  assert.equal(store.addAll([{ content }], 'keep')[0]?.stored, true);
  const other = store.add({ content: 'The office plants are watered on Fridays' });
  const [similar] = store.similar({ content: 'Office plants are watered each Friday' });
  assert.equal(similar?.id, other.id);
  assert.deepEqual(store.similar({ content: 'The office is closed on Fridays' }), []);
});
