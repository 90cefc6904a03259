import type { Connection } from './connection.ts';
import { type MemoryFilter, tagKey } from './memory.ts';
import { spellingsOf } from './projects.ts';

/** SQL conditions on the table `memories` as `m`, and their parameters. */
export interface Conditions {
  sql: string[];
  values: (string | number)[];
}

/** A filter and the time at which memories must not have expired, in milliseconds since 1970. */
export interface Scope {
  filter: MemoryFilter;
  now: number;
}

/** Whether there are expired memories that are not deleted yet. Only then they have to be left out. */
function hasExpired(connection: Connection, now: number): boolean {
  return connection.prepare('SELECT 1 FROM memories WHERE expires_at <= ? LIMIT 1').get(now) !== undefined;
}

const taggedWith = 'SELECT 1 FROM memory_tags t WHERE t.created_at = m.created_at AND t.seq = m.seq AND';

/** The conditions other than the project. */
function conditionsWithoutProject(connection: Connection, { filter, now }: Scope): Conditions {
  const conditions: Conditions = { sql: [], values: [] };
  const add = (condition: string, value: string | number | undefined) => {
    if (value === undefined) return;
    conditions.sql.push(condition);
    conditions.values.push(value);
  };
  add('m.thread = ?', filter.thread);
  add('m.created_at > ?', filter.createdAfter);
  add('m.created_at < ?', filter.createdBefore);
  for (const tag of filter.tags ?? []) add(`EXISTS (${taggedWith} t.tag = ?)`, tagKey(tag));
  if (filter.anyTags !== undefined && filter.anyTags.length > 0) {
    const keys = JSON.stringify(filter.anyTags.map(tagKey));
    add(`EXISTS (${taggedWith} t.tag IN (SELECT value FROM json_each(?)))`, keys);
  }
  if (hasExpired(connection, now)) add('(m.expires_at IS NULL OR m.expires_at > ?)', now);
  return conditions;
}

/** Gives a filter as conditions that test one row. */
export function conditionsOf(connection: Connection, scope: Scope): Conditions {
  const conditions = conditionsWithoutProject(connection, scope);
  const { project, projectOnly = false } = scope.filter;
  if (project !== undefined) {
    const listed = 'm.project IN (SELECT value FROM json_each(?))';
    conditions.sql.push(projectOnly ? listed : `(m.project IS NULL OR ${listed})`);
    conditions.values.push(JSON.stringify(spellingsOf(connection, project, projectOnly)));
  }
  return conditions;
}

/**
 * How to read the memories of a filter in the order of their time, so that an index serves both the filter and the
 * order.
 */
export interface FilterSource extends Conditions {
  /** The FROM clause. `m` is the memory; `driver` is the table whose `created_at` and `seq` give the order. */
  from: string;
  driver: 'm' | 'd';
}

/**
 * Gives the sources of a filter, which have no memory in common. With a tag, the index of the tags gives the order;
 * with a project, that of each spelling of a project; without, that of the memories.
 */
export function sourcesOf(connection: Connection, scope: Scope): FilterSource[] {
  const { filter, now } = scope;
  const [firstTag, ...otherTags] = filter.tags ?? [];
  if (firstTag !== undefined) {
    const { sql, values } = conditionsOf(connection, { filter: { ...filter, tags: otherTags }, now });
    const from = 'memory_tags d CROSS JOIN memories m ON m.seq = d.seq';
    return [{ from, driver: 'd', sql: ['d.tag = ?', ...sql], values: [tagKey(firstTag), ...values] }];
  }
  const { sql, values } = conditionsWithoutProject(connection, scope);
  const all: FilterSource = { from: 'memories m', driver: 'm', sql, values };
  if (filter.project === undefined) return [all];
  const named = spellingsOf(connection, filter.project, filter.projectOnly ?? false).map((name) => ({
    ...all,
    sql: ['m.project = ?', ...sql],
    values: [name, ...values],
  }));
  return filter.projectOnly ? named : [...named, { ...all, sql: ['m.project IS NULL', ...sql] }];
}

/** Gives the WHERE clause of a source, empty without conditions. */
export function whereOf({ sql }: Conditions): string {
  return sql.length === 0 ? '' : `WHERE ${sql.join(' AND ')}`;
}

/** Gives a function that tells whether the memory with a `seq` exists and passes the filter. */
export function passesFilter(connection: Connection, scope: Scope): (seq: number) => boolean {
  const { sql, values } = conditionsOf(connection, scope);
  const row = connection.prepare(`SELECT 1 FROM memories m WHERE ${['m.seq = ?', ...sql].join(' AND ')}`);
  return (seq) => row.get(seq, ...values) !== undefined;
}

/** Gives every `seq` that passes a filter. */
export function seqsOf(connection: Connection, scope: Scope): Set<number> {
  const rows = sourcesOf(connection, scope).flatMap((source) =>
    connection.prepare(`SELECT m.seq FROM ${source.from} ${whereOf(source)}`).all(...source.values),
  ) as { seq: number }[];
  return new Set(rows.map(({ seq }) => seq));
}
