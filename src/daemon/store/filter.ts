import type { Connection } from './connection.ts';
import { type MemoryFilter, tagKey } from './memory.ts';

/** SQL conditions on the table `memories` as `m`, and their parameters. */
export interface Conditions {
  sql: string[];
  values: (string | number)[];
}

/** Gives a filter as conditions that test one row. */
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

/**
 * How to read the memories of a filter in the order of their time, so that an index serves both the filter and the
 * order.
 */
export interface FilterSource extends Conditions {
  /** The FROM clause. `m` is the memory; `driver` is the table whose `created_at` and `seq` give the order. */
  from: string;
  driver: 'm' | 'd';
}

/** Gives the source for a filter. With a tag, the index of the tags gives the order; without, that of the memories. */
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

/** Gives a function that tells whether the memory with a `seq` exists and passes the filter. */
export function passesFilter(connection: Connection, filter: MemoryFilter): (seq: number) => boolean {
  const { sql, values } = conditionsOf(filter);
  const row = connection.prepare(`SELECT 1 FROM memories m WHERE ${['m.seq = ?', ...sql].join(' AND ')}`);
  return (seq) => row.get(seq, ...values) !== undefined;
}

/** Gives every `seq` that passes a filter. */
export function seqsOf(connection: Connection, filter: MemoryFilter): Set<number> {
  const { from, sql, values } = sourceOf(filter);
  const where = sql.length === 0 ? '' : `WHERE ${sql.join(' AND ')}`;
  const rows = connection.prepare(`SELECT m.seq FROM ${from} ${where}`).all(...values) as { seq: number }[];
  return new Set(rows.map(({ seq }) => seq));
}
