import type { Connection } from './connection.ts';
import { setTask, taskState } from './maintenance-state.ts';
import type { MemoryRow } from './memory.ts';
import { deleteRow } from './rows.ts';
import { forgetStored } from './words/index.ts';

/** Takes a row away inside the transaction that gave this function. */
export type Forget = (row: MemoryRow) => void;

/** What a transaction gave, and the rows that it took away. */
export interface Forgotten<T> {
  result: T;
  rows: MemoryRow[];
}

/**
 * Runs `work` as one transaction in which rows are deleted, alone or to make room for a newer version.
 * Their text leaves the table, the full-text table and the word lists with it; SQLite overwrites what it frees
 * (`secure_delete`). `Maintenance.forgot` does the rest when the transaction is over.
 */
export function forgetting<T>(
  connection: Connection,
  segmentSize: number,
  work: (forget: Forget) => T,
): Forgotten<T> {
  return connection.transaction(() => {
    const rows: MemoryRow[] = [];
    const result = work((row) => {
      deleteRow(connection, row);
      rows.push(row);
    });
    if (rows.length > 0) {
      forgetStored(connection, rows, segmentSize);
      const before = taskState(connection, 'forgotten') ?? 0;
      setTask(connection, 'forgotten', before + rows.length);
    }
    return { result, rows };
  });
}
