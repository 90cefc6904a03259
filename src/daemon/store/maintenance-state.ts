import type { Connection } from './connection.ts';

/**
 * The unfinished tasks. They are stored in the table `maintenance`, so that a kill loses none.
 * `words-copied`: the `seq` up to which the new full-text table is filled; absent when it has replaced the old one.
 * `compact`: the file must be rewritten, because an earlier version left deleted text in it.
 * `forgotten`: how many memories were deleted since the file was last rewritten.
 */
type MaintenanceTask = 'words-copied' | 'compact' | 'forgotten';

/** Gives the value of a task, or `undefined` when it is done. */
export function taskState(connection: Connection, task: MaintenanceTask): number | undefined {
  const row = connection.prepare('SELECT value FROM maintenance WHERE task = ?').get(task) as
    | { value: number }
    | undefined;
  return row?.value;
}

/** Stores the value of a task. */
export function setTask(connection: Connection, task: MaintenanceTask, value: number): void {
  connection.prepare('INSERT OR REPLACE INTO maintenance (task, value) VALUES (?, ?)').run(task, value);
}

/** Marks a task as done. */
export function endTask(connection: Connection, task: MaintenanceTask): void {
  connection.prepare('DELETE FROM maintenance WHERE task = ?').run(task);
}
