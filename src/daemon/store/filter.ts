import type { MemoryFilter } from './memory.ts';
import { tagKey } from './memory.ts';

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
