import type { Connection } from './connection.ts';
import { deletions, setTask } from './maintenance-state.ts';
import type { MemoryRow } from './memory.ts';
import { deleteRow } from './rows.ts';
import { forgetStored } from './words/index.ts';

/** Deletes a row in the transaction of `forgetting`. */
export type Forget = (row: MemoryRow) => void;

/** The result of a transaction, and the rows that it deleted. */
export interface Forgotten<T> {
  result: T;
  rows: MemoryRow[];
}

/**
 * Runs `work` as one transaction that deletes rows, alone or to replace them. Their text is also deleted from the
 * full-text table and the word lists, and SQLite overwrites the freed space (`secure_delete`). Afterwards the caller
 * must call `Maintenance.forgot` for the rest.
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
      setTask(connection, 'forgotten', deletions(connection) + rows.length);
    }
    return { result, rows };
  });
}
