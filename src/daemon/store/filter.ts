import type { Connection } from './connection.ts';
import { type MemoryFilter, tagKey } from './memory.ts';

/** Conditions on the table `memories`, called `m`, and what goes into their places. */
export interface Conditions {
  sql: string[];
  values: (string | number)[];
}

/** A filter as conditions that look at one row at a time. */
export function conditionsOf(filter: MemoryFilter): Conditions {
  const sql: string[] = [];
  const values: (string | number)[] = [];
  function add(condition: string, value: string | number | undefined): void {
    if (value === undefined) return;
    sql.push(condition);
    values.push(value);
  }
  add('m.project = ?', filter.project);
  add('m.created_at > ?', filter.createdAfter);
  add('m.created_at < ?', filter.createdBefore);
  for (const tag of filter.tags ?? []) {
    add(
      'EXISTS (SELECT 1 FROM memory_tags t WHERE t.tag = ? AND t.created_at = m.created_at AND t.seq = m.seq)',
      tagKey(tag),
    );
  }
  return { sql, values };
}

/** Where to read the memories of a filter from, in the order of their time, so that an index serves both. */
export interface FilterSource extends Conditions {
  /** What goes after FROM. The memory is `m`, and `driver` has its `created_at` and `seq`. */
  from: string;
  driver: 'm' | 'd';
}

/** With a tag its own index gives the order, without one that of the table does. */
export function sourceOf(filter: MemoryFilter): FilterSource {
  const [firstTag, ...otherTags] = filter.tags ?? [];
  const { sql, values } = conditionsOf({ ...filter, tags: otherTags });
  if (firstTag === undefined) return { from: 'memories m', driver: 'm', sql, values };
  return {
    from: 'memory_tags d CROSS JOIN memories m ON m.seq = d.seq',
    driver: 'd',
    sql: ['d.tag = ?', ...sql],
    values: [tagKey(firstTag), ...values],
  };
}

/** Asks of a `seq` whether a memory is there and passes the filter. */
export function passesFilter(connection: Connection, filter: MemoryFilter): (seq: number) => boolean {
  const { sql, values } = conditionsOf(filter);
  const row = connection.prepare(`SELECT 1 FROM memories m WHERE ${['m.seq = ?', ...sql].join(' AND ')}`);
  return (seq) => row.get(seq, ...values) !== undefined;
}

/** Every `seq` that passes a filter. */
export function seqsOf(connection: Connection, filter: MemoryFilter): Set<number> {
  const { from, sql, values } = sourceOf(filter);
  const where = sql.length === 0 ? '' : `WHERE ${sql.join(' AND ')}`;
  const rows = connection.prepare(`SELECT m.seq FROM ${from} ${where}`).all(...values) as { seq: number }[];
  return new Set(rows.map(({ seq }) => seq));
}
