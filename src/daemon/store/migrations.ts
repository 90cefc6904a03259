import type { DatabaseSync } from 'node:sqlite';
import { MemorydError } from '../../errors.ts';

/**
 * The steps from one schema to the next; `user_version` counts those that were taken. Never change one that shipped.
 * A row is never changed in place: an update takes the old row away and adds one with a new `seq`,
 * so that whatever was derived from a `seq` stays true.
 */
const migrations: readonly (string | ((db: DatabaseSync) => void))[] = [
  `CREATE TABLE memories (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     title TEXT,
     content TEXT NOT NULL,
     tags TEXT NOT NULL,
     project TEXT,
     created_at INTEGER NOT NULL,
     updated_at INTEGER NOT NULL,
     origin TEXT,
     origin_digest TEXT
   ) STRICT;
   CREATE INDEX memories_by_time ON memories (created_at, seq);
   CREATE INDEX memories_by_project ON memories (project, created_at, seq);
   CREATE UNIQUE INDEX memories_by_origin ON memories (origin) WHERE origin IS NOT NULL;
   CREATE TABLE memory_tags (
     tag TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     seq INTEGER NOT NULL,
     PRIMARY KEY (tag, created_at, seq)
   ) STRICT, WITHOUT ROWID;
   CREATE VIRTUAL TABLE memory_words USING fts5 (
     title, tags, content, content='', contentless_delete=1, tokenize='ascii'
   );
   CREATE TABLE word_segments (
     first INTEGER PRIMARY KEY,
     memories INTEGER NOT NULL,
     words INTEGER NOT NULL,
     lengths BLOB NOT NULL
   ) STRICT;
   CREATE TABLE word_postings (
     segment INTEGER NOT NULL,
     word TEXT NOT NULL,
     postings BLOB NOT NULL,
     PRIMARY KEY (segment, word)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE writes (
     kind TEXT PRIMARY KEY,
     at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
  // A full-text table with contentless_delete only marks what was deleted: its words stay in the file. This one is
  // given the words of a deleted memory and takes them out at once. maintenance.ts fills it with what is there already.
  // The word lists are made again: they hold stems now, and their segments begin at fixed places.
  (db) => {
    db.exec(`
      DELETE FROM word_postings;
      DELETE FROM word_segments;
      CREATE TABLE maintenance (
        task TEXT PRIMARY KEY,
        value INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE VIRTUAL TABLE memory_words_next USING fts5 (
        title, tags, content, content='', tokenize='ascii'
      );
      INSERT INTO memory_words_next (memory_words_next, rank) VALUES ('secure-delete', 1);`);
    const { stored } = db.prepare('SELECT count(*) AS stored FROM memories').get() as { stored: number };
    if (stored === 0) db.exec(adoptNextWords);
    else db.exec(`INSERT INTO maintenance (task, value) VALUES ('words-copied', 0), ('compact', 1)`);
  },
];

/** Puts the new full-text table in the place of the old one. Belongs inside a transaction. */
export const adoptNextWords = `
  DROP TABLE memory_words;
  ALTER TABLE memory_words_next RENAME TO memory_words;
  DELETE FROM maintenance WHERE task = 'words-copied';`;

/** The schema this version of memoryd writes. */
export const schemaVersion = migrations.length;

/** Which schema a database has; 0 is an empty one. */
export function schemaOf(db: DatabaseSync): number {
  return (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
}

/** Brings a database to our schema, all steps or none. Throws when a newer memoryd wrote it. */
export function migrate(db: DatabaseSync): void {
  if (schemaOf(db) === schemaVersion) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    // Read again: another process may have migrated while we waited for the lock.
    const from = schemaOf(db);
    if (from > schemaVersion) {
      throw new MemorydError('failed', `the store has schema ${from}, this memoryd knows ${schemaVersion}`, {
        hint: 'npm install --global memoryd@latest',
      });
    }
    for (const step of migrations.slice(from)) {
      if (typeof step === 'string') db.exec(step);
      else step(db);
    }
    db.exec(`PRAGMA user_version = ${schemaVersion}`);
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}
