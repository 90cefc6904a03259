import type { DatabaseSync } from 'node:sqlite';
import { MemorydError } from '../../errors.ts';

/**
 * The steps from one schema to the next; `user_version` counts those that were taken. Never change one that shipped.
 * A row is never changed in place: an update takes the old row away and adds one with a new `seq`,
 * so that whatever was derived from a `seq` stays true.
 */
const migrations: readonly string[] = [
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
];

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
    for (const step of migrations.slice(from)) db.exec(step);
    db.exec(`PRAGMA user_version = ${schemaVersion}`);
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}
