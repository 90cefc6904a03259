import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { fieldWeights } from '../../../src/daemon/store/words/index.ts';
import type { CorpusMemory } from '../corpus.ts';

/**
 * The simplest implementation: FTS5 with its default tokenizer or the one with stems, any of the words, ranked by bm25, with the field
 * weights and the write durability of the store. Deleted text can still be read in its file.
 */
export class PlainFts {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #search: StatementSync;
  readonly #delete: StatementSync;

  constructor(directory: string, tokenizer: 'unicode61' | 'porter' = 'unicode61') {
    mkdirSync(directory, { recursive: true });
    this.#db = new DatabaseSync(join(directory, 'plain.db'));
    this.#db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA cache_size = -16384;
      CREATE VIRTUAL TABLE memories USING fts5 (title, tags, content, tokenize = '${tokenizer}');`);
    this.#delete = this.#db.prepare('DELETE FROM memories WHERE rowid = ?');
    this.#insert = this.#db.prepare('INSERT INTO memories (rowid, title, tags, content) VALUES (?, ?, ?, ?)');
    const { title, tags, content } = fieldWeights;
    this.#search = this.#db.prepare(
      `SELECT rowid AS n, title, tags, content, bm25(memories, ${title}, ${tags}, ${content}) AS score
       FROM memories WHERE memories MATCH ? ORDER BY score, rowid DESC LIMIT ?`,
    );
  }

  /** Stores all memories in one transaction. The first one has the number `first`. */
  import(first: number, memories: readonly CorpusMemory[]): void {
    this.#db.exec('BEGIN');
    for (const [index, memory] of memories.entries()) this.add(first + index, memory);
    this.#db.exec('COMMIT');
  }

  add(n: number, { title, tags, content }: CorpusMemory): void {
    this.#insert.run(n, title, tags.join(' '), content);
  }

  delete(n: number): void {
    this.#delete.run(n);
  }

  /** The numbers of the best matches for any of the words, best first. A word may end in `*`. */
  search(text: string, limit: number): number[] {
    const terms = text
      .split(' ')
      .map((word) => (word.endsWith('*') ? `"${word.slice(0, -1)}"*` : `"${word}"`));
    return this.#search.all(terms.join(' OR '), limit).map(({ n }) => n as number);
  }

  close(): void {
    this.#db.close();
  }
}
