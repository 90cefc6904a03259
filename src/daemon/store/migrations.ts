import type { DatabaseSync } from 'node:sqlite';
import { MemorydError } from '../../errors.ts';
import { tagKey } from './memory.ts';

/**
 * The steps from one schema to the next. `user_version` is the number of steps that were done. Never change a released
 * step. A row is never updated: an update deletes it and inserts one with a new `seq`, so that data derived from a
 * `seq` stays valid.
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
  // A full-text table with contentless_delete only marks deleted rows: their words stay in the file. This table gets
  // the words of a deleted memory and removes them at once. maintenance.ts fills it with the existing memories. The
  // word lists are made again: they now hold stems, and their segments begin at fixed places.
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
  // Threads, expiry and importance. `memories_by_beginning` finds a memory with the same content. `projects` has the
  // spellings of each project, because SQLite cannot compare without case outside ASCII.
  (db) => {
    db.exec(`
      ALTER TABLE memories ADD COLUMN thread TEXT;
      ALTER TABLE memories ADD COLUMN position INTEGER;
      ALTER TABLE memories ADD COLUMN expires_at INTEGER;
      ALTER TABLE memories ADD COLUMN importance REAL;
      CREATE INDEX memories_by_thread ON memories (thread, position, seq) WHERE thread IS NOT NULL;
      CREATE INDEX memories_by_expiry ON memories (expires_at) WHERE expires_at IS NOT NULL;
      CREATE INDEX memories_by_importance ON memories (importance) WHERE importance IS NOT NULL;
      CREATE INDEX memories_by_beginning ON memories (length(content), substr(content, 1, 16));
      CREATE TABLE projects (
        name TEXT PRIMARY KEY,
        key TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX projects_by_key ON projects (key);`);
    const names = db.prepare('SELECT DISTINCT project FROM memories WHERE project IS NOT NULL').all();
    const insert = db.prepare('INSERT INTO projects (name, key) VALUES (?, ?)');
    for (const { project } of names as { project: string }[]) insert.run(project, tagKey(project));
  },
];

/** Statements that replace the old full-text table by the new one. They must run inside a transaction. */
export const adoptNextWords = `
  DROP TABLE memory_words;
  ALTER TABLE memory_words_next RENAME TO memory_words;
  DELETE FROM maintenance WHERE task = 'words-copied';`;

/** The schema that this version of memoryd writes. */
export const schemaVersion = migrations.length;

/** Gives the schema of a database. 0 is an empty one. */
export function schemaOf(db: DatabaseSync): number {
  return (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
}

/** Throws `failed` when a newer memoryd wrote the database. */
export function refuseNewer(db: DatabaseSync): void {
  const schema = schemaOf(db);
  if (schema <= schemaVersion) return;
  throw new MemorydError('failed', `the store has schema ${schema}, this memoryd knows ${schemaVersion}`, {
    hint: 'npm install --global memoryd@latest',
  });
}

/** Migrates a database to our schema, with all steps or none. Throws `failed` when a newer memoryd wrote it. */
export function migrate(db: DatabaseSync): void {
  if (schemaOf(db) === schemaVersion) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    // Read again: another process may have migrated while we waited for the lock.
    refuseNewer(db);
    const from = schemaOf(db);
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
