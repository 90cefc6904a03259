import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseQuery } from '../../../src/daemon/store/query.ts';
import { snippetOf } from '../../../src/daemon/store/snippet.ts';
import { openTestStore } from '../../support/store.ts';

const all = { filter: {}, limit: 10 };

test('words in the title count more than tags, tags more than the text', async (t) => {
  const { store } = await openTestStore(t);
  const filler = 'and some other words so that all are of the same length';
  const text = store.add({ title: 'one', content: `walrus ${filler}`, tags: ['two'] });
  const tag = store.add({ title: 'one', content: `two ${filler}`, tags: ['walrus'] });
  const title = store.add({ title: 'walrus', content: `one ${filler}`, tags: ['two'] });
  assert.deepEqual(
    store.search('walrus', all).map(({ id }) => id),
    [title.id, tag.id, text.id],
  );
});

test('any word finds, more of them rank higher, and of equals the newer comes first', async (t) => {
  const { store } = await openTestStore(t);
  const one = store.add({ content: 'alpha unrelated' });
  const both = store.add({ content: 'alpha beta' });
  const newer = store.add({ content: 'alpha unrelated' });
  assert.deepEqual(
    store.search('beta alpha missing', all).map(({ id }) => id),
    [both.id, newer.id, one.id],
  );
});

const texts = {
  paris: 'Déjà vu in the Île-de-France, “naïve” as ever',
  tokyo: '東京タワーの近くで会議をした',
  code: 'the function read_config() lives in src/foo-bar.ts and parses --dry-run',
  russian: 'Ёлка стоит у дома',
  greek: 'ΟΔΟΣ Ερμού',
  thai: 'ฉันชอบกาแฟ',
};

const findings: [query: string, expected: (keyof typeof texts)[]][] = [
  ['deja', ['paris']],
  ['DÉJÀ', ['paris']],
  ['naive', ['paris']],
  ['"ile de france"', ['paris']],
  ['"france de ile"', []],
  ['タワー', ['tokyo']],
  ['会議', ['tokyo']],
  ['議会', []],
  ['กาแฟ', ['thai']],
  ['елка', ['russian']],
  ['οδός', ['greek']],
  ['read_config', ['code']],
  ['foo-bar.ts', ['code']],
  ['--dry-run', ['code']],
  ['func*', ['code']],
  ['unc*', []],
  ['"function rea*"', []],
  ['function -parses', []],
  ['config -"lives in foo"', ['code']],
  ['*', []],
  ['"', []],
  ['-', []],
  ['"" - ** AND OR NOT NEAR', ['code']],
];

for (const [query, expected] of findings) {
  test(`search ${JSON.stringify(query)} finds ${expected.join(', ') || 'nothing'}`, async (t) => {
    const { store } = await openTestStore(t);
    const names = new Map<string, string>();
    for (const [name, content] of Object.entries(texts)) names.set(store.add({ content }).id, name);
    assert.deepEqual(
      store.search(query, all).map(({ id }) => names.get(id)),
      expected,
    );
  });
}

test('no text that people can type is an error, and every word of a memory finds it', async (t) => {
  const { store } = await openTestStore(t);
  const awkward = fc.constantFrom(
    ...'"\'*-^:(){}[]+,.\\;%_\u0000\n',
    'AND',
    'OR',
    'NOT',
    'NEAR(',
    'title:',
    '""',
  );
  const typed = fc.array(fc.oneof(awkward, fc.string({ unit: 'grapheme', maxLength: 8 })), { maxLength: 12 });
  fc.assert(
    fc.property(typed, typed, (query, content) => {
      const memory = store.add({ content: content.join(' ') || ' ' });
      store.search(query.join(''), all);
      store.search(query.join(' '), all);
      const [own] = parseQuery(content.join(' ').replaceAll(/["*-]/g, ' ')).wanted;
      if (own !== undefined) {
        const found = store.search(`"${own.words.join(' ')}"`, { filter: {}, limit: 100 });
        assert.ok(
          found.some(({ id }) => id === memory.id),
          JSON.stringify({ own, content }),
        );
      }
      store.delete(memory.id);
    }),
    { numRuns: 1_000 },
  );
});

test('a memory of half the age can beat a better match when age counts', async (t) => {
  const { store, clock } = await openTestStore(t);
  const better = store.add({ content: 'heron heron heron' });
  clock.advance(60 * 86_400_000);
  const newer = store.add({ content: 'heron and other birds' });
  const ids = (halfLifeDays?: number) => store.search('heron', { ...all, halfLifeDays }).map(({ id }) => id);
  assert.deepEqual(ids(), [better.id, newer.id]);
  assert.deepEqual(ids(10), [newer.id, better.id]);
});

test('a tag filter narrows a search', async (t) => {
  const { store } = await openTestStore(t);
  store.add({ content: 'otter', tags: ['river'] });
  const sea = store.add({ content: 'otter', tags: ['sea', 'Fur'] });
  assert.deepEqual(
    store.search('otter', { filter: { tags: ['fur', 'SEA'] }, limit: 10 }).map(({ id }) => id),
    [sea.id],
  );
});

test('a short text is its own snippet; of a long one the part that answers best', () => {
  const { wanted } = parseQuery('needle haystack');
  assert.deepEqual(snippetOf('a needle', wanted), { text: 'a needle', whole: true });
  const filler = 'lorem ipsum dolor sit amet '.repeat(40);
  const long = `${filler}needle ${filler} in the haystack lies the needle ${filler}`;
  const snippet = snippetOf(long, wanted);
  assert.equal(snippet.whole, false);
  assert.match(snippet.text, /^….*haystack lies the needle.*…$/s);
  assert.ok(snippet.text.length <= 302);
});

test('a snippet is well-formed text of bounded length, whatever is cut', () => {
  const text = fc.string({ unit: 'binary', minLength: 250, maxLength: 900 });
  fc.assert(
    fc.property(text, fc.string({ maxLength: 20 }), (content, query) => {
      const snippet = snippetOf(content, parseQuery(`${query} ${content.slice(400, 420)}`).wanted);
      assert.ok(snippet.text.length <= 302);
      assert.ok(snippet.whole || snippet.text.isWellFormed());
    }),
  );
});
