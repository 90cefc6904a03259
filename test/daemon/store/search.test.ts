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
  ['"議会"', []],
  ['議会', ['tokyo']],
  ['กาแฟ', ['thai']],
  ['елка', ['russian']],
  ['οδός', ['greek']],
  ['read_config', ['code']],
  ['foo-bar.ts', ['code']],
  ['--dry-run', ['code']],
  ['func*', ['code']],
  ['unc*', []],
  ['"function rea*"', []],
  ['function -"parses"', []],
  ['function -parses', ['code']],
  ['config -"lives in foo"', ['code']],
  ['*', []],
  ['"', []],
  ['-', []],
  ['"" - ** AND OR NOT NEAR', []],
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

// What people and agents ask, and a memory that answers it. None of the words is in any other of these texts.
const asked: [text: string, queries: string[]][] = [
  [
    'Install it with npm install -g leftpad and then git commit -m',
    ['npm install -g leftpad', 'git commit -m'],
  ],
  ['She was writing stories and carrying boxes', ['write story', 'carried', 'box']],
  [
    'The deployment was delayed by a broken certificate',
    ['deploymnet', 'certifcate', '"broken certificate"'],
  ],
  ['Use parseHttpHeader from OrderServiceImpl', ['header', 'parseHttpHeader', 'OrderService', 'order']],
  [
    'The setting retry_limit is in job_runner.yaml',
    ['retry', 'retry_limit', 'job_runner.yaml', 'job runner'],
  ],
  ['Released v3.14.2-beta.1 from 9fceb02d0ae598e9', ['3.14.2', 'v3.14.2', '9fceb02']],
  ['The launch went fine 🛰️', ['🛰️']],
  ['我们昨天讨论了新的缓存策略', ['缓存策略', '讨论缓存', '策略是什么']],
  ['会議は来週の火曜日に変更された', ['火曜日', '会議の変更', '来週']],
  ['ลูกค้าอยากได้รายงานใหม่', ['รายงาน', 'รายงานใหม่']],
  ['회의실은 부산에서 예약했습니다', ['회의실', '부산', '예약']],
  ['Die Geschwindigkeitsbegrenzung in der Größe von Zürich', ['Geschwindigkeit', 'Groesse', 'Zuerich']],
  ['Kapıyı kapat, ışıkları söndür', ['kapiyi', 'ISIKLARI']],
  ['السيارة الجديدة', ['سيارة', 'الجديده']],
  ['Мы купили новую машину', ['машина', 'новая']],
  ['The keyword backlog is empty', ['back log', 'key word']],
  ['Set --no-cache for it', ['nocache']],
];

test('a question finds the memory that answers it, however it is written', async (t) => {
  const { store } = await openTestStore(t);
  const stored = asked.map(([content, queries]) => ({ id: store.add({ content }).id, queries }));
  const missed = stored.flatMap(({ id, queries }) =>
    queries.filter((query) => store.search(query, all)[0]?.id !== id),
  );
  assert.deepEqual(missed, []);
});

test('a word that the store knows is not corrected, and quotes ask for exactly what is in them', async (t) => {
  const { store } = await openTestStore(t);
  const form = store.add({ content: 'the form was sent' });
  store.add({ content: 'the farm was sold' });
  const ids = (query: string) => store.search(query, all).map(({ id }) => id);
  assert.deepEqual(ids('form'), [form.id]);
  assert.deepEqual(ids('forms'), [form.id]);
  assert.deepEqual(ids('"forms"'), []);
});

test('words such as `the` count only where there is nothing else', async (t) => {
  const { store } = await openTestStore(t);
  const who = store.add({ content: 'to be or not to be' });
  const otter = store.add({ content: 'an otter' });
  const ids = (query: string) => store.search(query, all).map(({ id }) => id);
  assert.deepEqual(ids('where is the otter to be'), [otter.id]);
  assert.deepEqual(ids('to be'), [who.id]);
});

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
