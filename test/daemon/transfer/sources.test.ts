// What other memory daemons leave behind is read as it is, found by search, and named when it cannot be read.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createFixture, type FileTree } from 'fs-fixture';
import type { Store } from '../../../src/daemon/store/index.ts';
import { importParsed } from '../../../src/daemon/transfer/index.ts';
import { readSource } from '../../../src/daemon/transfer/read.ts';
import { systemFiles } from '../../../src/system/files.ts';
import { openTestStore } from '../../support/store.ts';

const schemas = join(import.meta.dirname, '..', '..', 'fixtures', 'imports');

async function directory(t: TestContext, tree: FileTree = {}) {
  const fixture = await createFixture(tree);
  t.after(() => fixture.rm());
  return (name: string) => join(fixture.path, name);
}

/** A database with the recorded schema, in the journal mode that both programs use. */
function database(path: string, schema: string): DatabaseSync {
  const db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = WAL');
  db.exec(readFileSync(join(schemas, schema), 'utf8'));
  return db;
}

function insert(db: DatabaseSync, table: string, row: Record<string, string | number | null>): void {
  const names = Object.keys(row);
  const marks = names.map(() => '?').join(', ');
  db.prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${marks})`).run(...Object.values(row));
}

const foundBy = (store: Store, query: string) => store.search(query, { filter: {}, limit: 10 });

async function imported(t: TestContext, path: string) {
  const { store } = await openTestStore(t);
  const { format, parsed } = await readSource(systemFiles, path);
  const report = await importParsed(store, parsed);
  const again = await importParsed(store, (await readSource(systemFiles, path)).parsed);
  assert.deepEqual([again.stored, again.updated], [0, 0], 'the second time nothing is stored');
  return { store, format, report };
}

const session = { memory_session_id: 'm-1', project: 'shop' };
const when = {
  created_at: '2026-11-01T10:00:00.000Z',
  created_at_epoch: Date.parse('2026-11-01T10:00:00.000Z'),
};

function fillClaudeMem(db: DatabaseSync): void {
  insert(db, 'schema_versions', { version: 52, applied_at: when.created_at });
  insert(db, 'sdk_sessions', {
    content_session_id: 'c-1',
    ...session,
    started_at: when.created_at,
    started_at_epoch: when.created_at_epoch,
  });
  insert(db, 'observations', {
    ...session,
    type: 'bugfix',
    title: 'Zebrafish retries',
    subtitle: 'Quokka subtitle',
    narrative: 'The narwhal kept the connection',
    facts: '["pangolin is the default","ocelot was removed"]',
    concepts: '["gotcha","axolotl"]',
    files_read: '["src/wombat.ts"]',
    files_modified: '["src/capybara.ts"]',
    merged_into_project: 'storefront',
    ...when,
  });
  insert(db, 'observations', { ...session, type: 'discovery', text: 'An old row knows the kakapo', ...when });
  insert(db, 'session_summaries', {
    ...session,
    request: 'Explain the tapir',
    investigated: 'okapi',
    learned: 'dugong',
    completed: 'manatee',
    next_steps: 'numbat',
    notes: 'bilby',
    ...when,
  });
  insert(db, 'user_prompts', {
    session_db_id: 1,
    content_session_id: 'c-1',
    prompt_number: 1,
    prompt_text: 'Where does the echidna live?',
    ...when,
  });
}

test('claude-mem.db: every text of every table is found by search, with project, time and tags', async (t) => {
  const at = await directory(t);
  const db = database(at('claude-mem.db'), 'claude-mem-13.25.3.sql');
  fillClaudeMem(db);
  db.close();
  const before = readdirSync(at('.'));
  const { store, format, report } = await imported(t, at('claude-mem.db'));
  assert.equal(format, 'claude-mem');
  assert.deepEqual([report.stored, report.skipped], [4, []]);
  const words =
    'Zebrafish Quokka narwhal pangolin ocelot axolotl wombat capybara kakapo tapir okapi dugong manatee numbat bilby echidna';
  for (const word of words.split(' ')) assert.equal(foundBy(store, word).length, 1, word);
  const [one] = foundBy(store, 'Zebrafish');
  assert.deepEqual(
    [one?.title, one?.project, one?.createdAt],
    ['Zebrafish retries', 'storefront', when.created_at],
  );
  assert.deepEqual(one?.tags, ['bugfix', 'gotcha', 'axolotl']);
  assert.equal(foundBy(store, 'echidna')[0]?.project, 'shop');
  assert.deepEqual(readdirSync(at('.')), before, 'nothing is written beside it');
});

test('claude-mem.db in use: what is only in the write-ahead log is read too', async (t) => {
  const at = await directory(t);
  const db = database(at('claude-mem.db'), 'claude-mem-13.25.3.sql');
  t.after(() => db.close());
  db.exec('PRAGMA wal_autocheckpoint = 0');
  fillClaudeMem(db);
  const { store } = await imported(t, at('claude-mem.db'));
  assert.equal(foundBy(store, 'echidna').length, 1);
});

test('sqlite_vec.db of mcp-memory-service: every memory that is not deleted is found', async (t) => {
  const at = await directory(t);
  const db = database(at('sqlite_vec.db'), 'mcp-memory-service-10.59.0.sql');
  const row = { memory_type: 'decision', created_at: 1_793_527_200.5, updated_at: 1_793_527_260 };
  insert(db, 'memories', { content_hash: 'h1', content: 'The lemur likes tabs', tags: 'style,mac', ...row });
  insert(db, 'memories', { content_hash: 'h2', content: 'The sloth is slow', tags: null, ...row });
  insert(db, 'memories', { content_hash: 'h3', content: 'The dodo', tags: '', ...row, deleted_at: 1 });
  db.close();
  const { store, format, report } = await imported(t, at('sqlite_vec.db'));
  assert.equal(format, 'mcp-memory-service');
  assert.equal(report.stored, 2);
  const [lemur] = foundBy(store, 'lemur');
  assert.deepEqual(lemur?.tags, ['style', 'mac', 'decision']);
  assert.equal(lemur?.createdAt, new Date(1_793_527_200_500).toISOString());
  assert.equal(foundBy(store, 'sloth').length, 1);
  assert.equal(foundBy(store, 'dodo').length, 0);
});

test('a folder of basic-memory: title, tags and text of each note', async (t) => {
  const note = `---
title: Coffee Brewing
type: guide
tags: [coffee, brewing]
permalink: drinks/coffee
---
# Coffee Brewing

- [method] Pour over shows the gibbon #brewing
- relates_to [[Tea]]
`;
  const at = await directory(t, {
    'drinks/coffee.md': note,
    'plain.md': '# Plain heading\n\nThe marmot has no front matter',
    'broken.md': '---\ntitle: [\n---\nThe civet survives',
    '.obsidian/hidden.md': 'hidden',
    'empty.md': '---\ntitle: x\n---\n',
    'picture.png': 'no note',
  });
  const { store, format, report } = await imported(t, at('.'));
  assert.equal(format, 'markdown');
  assert.equal(report.stored, 3);
  assert.deepEqual(report.skipped, [{ where: 'empty.md', why: 'empty' }]);
  const [coffee] = foundBy(store, 'gibbon');
  assert.deepEqual([coffee?.title, coffee?.tags], ['Coffee Brewing', ['coffee', 'brewing', 'guide']]);
  assert.equal(foundBy(store, 'marmot')[0]?.title, 'Plain heading');
  assert.equal(foundBy(store, 'civet').length, 1);
  const { store: other, report: single } = await imported(t, at('drinks/coffee.md'));
  assert.equal(single.stored, 1);
  assert.equal(foundBy(other, 'gibbon').length, 1);
});

test('the git repository of memory-mcp: scope, name and times', async (t) => {
  const memory = (name: string, scope: string, text: string) =>
    `---\nid: 0b6e-${name}\nname: ${name}\ntags:\n- rust\nscope: ${scope}\ncreated_at: 2026-03-01T10:00:00Z\nupdated_at: 2026-03-02T10:00:00Z\n---\n\n${text}\n`;
  const at = await directory(t, {
    '.git/HEAD': 'ref: refs/heads/main',
    'global/style.md': memory('style', 'global', 'The ibex uses spaces'),
    'projects/org/team/build/flags.md': memory('build/flags', 'org/team', 'The markhor needs lto'),
  });
  const { store, report } = await imported(t, at('.'));
  assert.equal(report.stored, 2);
  const [ibex] = foundBy(store, 'ibex');
  assert.deepEqual([ibex?.title, ibex?.project, ibex?.tags], ['style', null, ['rust']]);
  const [markhor] = foundBy(store, 'markhor');
  assert.deepEqual([markhor?.title, markhor?.project], ['build/flags', 'org/team']);
  assert.equal(markhor?.updatedAt, '2026-03-02T10:00:00.000Z');
});

const list = [
  { content: 'The saiga runs', tags: ['a', 'b'], created_at: 1_793_527_200, memory_type: 'note' },
  { memory: 'The kudu jumps', id: '7', created_at: '2026-01-02T03:04:05Z' },
  'The eland stands',
  { title: 'no text' },
];

test('JSON arrays and {memories: […]}, in UTF-8 and UTF-16, with and without a byte order mark', async (t) => {
  const at = await directory(t);
  const texts = {
    array: JSON.stringify(list),
    object: JSON.stringify({ count: 4, memories: list }, null, 2),
  };
  for (const [name, text] of Object.entries(texts)) {
    const swapped = Buffer.from(text, 'utf16le').swap16();
    const encodings: Record<string, Buffer> = {
      utf8: Buffer.from(text),
      'utf8 with mark': Buffer.from(`\uFEFF${text}`),
      'utf16le with mark': Buffer.from(`\uFEFF${text}`, 'utf16le'),
      utf16le: Buffer.from(text, 'utf16le'),
      'utf16be with mark': Buffer.concat([Buffer.from([0xfe, 0xff]), swapped]),
    };
    for (const [encoding, bytes] of Object.entries(encodings)) {
      const path = at(`${name}.json`);
      await systemFiles.write(path, bytes, 0o600);
      const { store, format, report } = await imported(t, path);
      assert.equal(format, 'json', encoding);
      assert.equal(report.stored, 3, encoding);
      assert.deepEqual(report.skipped, [{ where: 'entry 4', why: 'no content' }]);
      const [saiga] = foundBy(store, 'saiga');
      assert.deepEqual(saiga?.tags, ['a', 'b', 'note']);
      assert.equal(saiga?.createdAt, new Date(1_793_527_200_000).toISOString());
      assert.equal(foundBy(store, 'kudu')[0]?.createdAt, '2026-01-02T03:04:05.000Z');
    }
  }
});

test('JSON lines of memoryd stay what they are, also when a memory speaks of "memories"', async (t) => {
  const at = await directory(t, {
    'one.jsonl': '{"content":"the word \\"memories\\": []"}\n',
    'two.jsonl': '{"content":"\\"memories\\""}\n{"content":"second"}\n',
  });
  for (const [name, count] of Object.entries({ 'one.jsonl': 1, 'two.jsonl': 2 })) {
    const { format, parsed } = await readSource(systemFiles, at(name));
    assert.deepEqual([format, parsed.memories.length], ['jsonl', count]);
  }
  const piped = await readSource(systemFiles, '-', readFileSync(at('two.jsonl')));
  assert.equal(piped.parsed.memories.length, 2);
});

test('what holds no memories is named by what it is, and nothing is taken', async (t) => {
  const at = await directory(t, {
    'empty.jsonl': '',
    'list.json': '[]',
    'page.html': '<!DOCTYPE html><p>hello',
    'table.csv': 'a;b\n1;2\n',
    'sheet.pdf': '%PDF-1.7 x',
    folder: {},
  });
  await systemFiles.write(at('packed.jsonl.gz'), gzipSync('{"content":"x"}\n'), 0o600);
  await systemFiles.write(at('noise.bin'), Buffer.from([1, 2, 0, 0, 255, 254, 0, 0, 1]), 0o600);
  const foreign = new DatabaseSync(at('foreign.db'));
  foreign.exec('CREATE TABLE posts (x); CREATE TABLE users (y)');
  foreign.close();
  const later = new DatabaseSync(at('later.db'));
  later.exec('CREATE TABLE observations (id INTEGER, memory_session_id TEXT, project TEXT)');
  later.close();
  await systemFiles.write(at('torn.db'), Buffer.from(`SQLite format 3\0${'x'.repeat(600)}`), 0o600);
  const { store } = await openTestStore(t);
  await importParsed(store, {
    memories: [{ content: 'x', title: null, tags: [], project: null }],
    skipped: [],
  });
  const said: Record<string, RegExp> = {
    'empty.jsonl': /it is empty$/,
    'list.json': /it is JSON without memories$/,
    'page.html': /it is an HTML page$/,
    'table.csv': /it is text that is neither JSON nor Markdown$/,
    'sheet.pdf': /it is a PDF document$/,
    'packed.jsonl.gz': /it is compressed with gzip$/,
    'noise.bin': /it is not text$/,
    'foreign.db': /it is a SQLite database of a program that memoryd does not know \(tables: posts, users\)$/,
    'later.db': /its table observations has no column created_at_epoch: its version is not known$/,
    'torn.db': /it is a SQLite database that cannot be read: /,
    folder: /it is a directory without Markdown files$/,
  };
  for (const [name, message] of Object.entries(said)) {
    await assert.rejects(readSource(systemFiles, at(name)), { kind: 'failed', message }, name);
  }
  await assert.rejects(readSource(systemFiles, at('nowhere')), { kind: 'usage', message: /no such file/ });
  await assert.rejects(readSource(systemFiles, at('packed.jsonl.gz')), {
    hint: /^gunzip -c .*\| memoryd import -$/,
  });
});
