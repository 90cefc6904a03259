import type { Connection } from './connection.ts';

/**
 * What is still to be done, kept in the table `maintenance` so that a kill loses none of it.
 * `words-copied`: up to which `seq` the new full-text table is filled; absent once it has replaced the old one.
 * `compact`: the file has to be rewritten, because an earlier version left deleted text in it.
 * `forgotten`: how many memories were deleted since the file was last rewritten.
 */
type MaintenanceTask = 'words-copied' | 'compact' | 'forgotten';

/** The state of a task, or undefined when there is nothing to do. */
export function taskState(connection: Connection, task: MaintenanceTask): number | undefined {
  const row = connection.prepare('SELECT value FROM maintenance WHERE task = ?').get(task) as
    | { value: number }
    | undefined;
  return row?.value;
}

export function setTask(connection: Connection, task: MaintenanceTask, value: number): void {
  connection.prepare('INSERT OR REPLACE INTO maintenance (task, value) VALUES (?, ?)').run(task, value);
}

export function endTask(connection: Connection, task: MaintenanceTask): void {
  connection.prepare('DELETE FROM maintenance WHERE task = ?').run(task);
}
