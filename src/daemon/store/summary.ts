import type { Connection } from './connection.ts';
import { conditionsOf, type Scope, sourcesOf, whereOf } from './filter.ts';
import { tagKey } from './memory.ts';
import { lastWrite } from './rows.ts';

export interface TagCount {
  /** In lower case. */
  tag: string;
  memories: number;
}

export interface ProjectCount {
  /** As it is spelt most often. */
  project: string;
  memories: number;
  /** When its newest memory was stored, ISO 8601. */
  newest: string;
}

/** Times are ISO 8601, and null without memories. */
export interface StoreStats {
  memories: number;
  projects: number;
  tags: number;
  threads: number;
  expiring: number;
  oldest: string | null;
  newest: string | null;
  lastWrite: string | null;
  /** The size of the database without its log. */
  bytes: number;
}

/** The numbers of a store that was never used. */
export const emptyStats: StoreStats = {
  ...{ memories: 0, projects: 0, tags: 0, threads: 0, expiring: 0 },
  ...{ oldest: null, newest: null, lastWrite: null, bytes: 0 },
};

/** Counts the memories of a filter. */
export function countMemories(connection: Connection, scope: Scope): number {
  return sourcesOf(connection, scope).reduce((sum, source) => {
    const counted = connection.prepare(`SELECT count(*) AS n FROM ${source.from} ${whereOf(source)}`);
    return sum + (counted.get(...source.values) as { n: number }).n;
  }, 0);
}

/** Gives the most frequent tags of the memories of a filter. */
export function countTags(connection: Connection, scope: Scope, limit: number): TagCount[] {
  const { sql, values } = conditionsOf(connection, scope);
  const join = sql.length === 0 ? '' : `JOIN memories m ON m.seq = g.seq WHERE ${sql.join(' AND ')}`;
  return connection
    .prepare(
      `SELECT g.tag, count(*) AS memories FROM memory_tags g ${join}
       GROUP BY g.tag ORDER BY memories DESC, g.tag LIMIT ?`,
    )
    .all(...values, limit)
    .map(({ tag, memories }) => ({ tag, memories })) as TagCount[];
}

interface SpellingRow {
  project: string;
  memories: number;
  newest: number;
}

/** Gives the projects, the one with the newest memory first. Spellings that differ only in case are one project. */
export function countProjects(connection: Connection, now: number, limit: number): ProjectCount[] {
  const { sql, values } = conditionsOf(connection, { filter: {}, now });
  const where = ['m.project IS NOT NULL', ...sql].join(' AND ');
  const rows = connection
    .prepare(
      `SELECT m.project, count(*) AS memories, max(m.created_at) AS newest FROM memories m
       WHERE ${where} GROUP BY m.project ORDER BY memories DESC`,
    )
    .all(...values) as unknown as SpellingRow[];
  const projects = new Map<string, SpellingRow>();
  for (const row of rows) {
    const key = tagKey(row.project);
    const known = projects.get(key);
    if (known === undefined) projects.set(key, { ...row });
    else {
      known.memories += row.memories;
      known.newest = Math.max(known.newest, row.newest);
    }
  }
  const newestFirst = [...projects.values()].toSorted((a, b) => b.newest - a.newest);
  return newestFirst.slice(0, limit).map((row) => ({ ...row, newest: new Date(row.newest).toISOString() }));
}

/** Gives numbers about the whole store. */
export function summarise(connection: Connection, now: number): StoreStats {
  const number = (sql: string): number | null =>
    (connection.prepare(sql).get() as { value: number | null }).value;
  const time = (at: number | null | undefined) => (at == null ? null : new Date(at).toISOString());
  return {
    memories: countMemories(connection, { filter: {}, now }),
    projects: number('SELECT count(DISTINCT key) AS value FROM projects') ?? 0,
    tags: number('SELECT count(DISTINCT tag) AS value FROM memory_tags') ?? 0,
    threads: number('SELECT count(DISTINCT thread) AS value FROM memories WHERE thread IS NOT NULL') ?? 0,
    expiring: number('SELECT count(*) AS value FROM memories WHERE expires_at IS NOT NULL') ?? 0,
    oldest: time(number('SELECT min(created_at) AS value FROM memories')),
    newest: time(number('SELECT max(created_at) AS value FROM memories')),
    lastWrite: time(lastWrite(connection, 'memory')),
    bytes: connection.pragma('page_count') * connection.pragma('page_size'),
  };
}
