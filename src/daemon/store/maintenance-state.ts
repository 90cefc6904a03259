import type { Connection } from './connection.ts';

/**
 * The unfinished tasks. They are stored in the table `maintenance`, so that a kill loses none.
 * `words-copied`: the `seq` up to which the new full-text table is filled; absent when it has replaced the old one.
 * `compact`: the file must be rewritten, because an earlier version left deleted text in it.
 * `forgotten`: how many memories were ever deleted.
 * `rewritten`: how many of them were deleted before the file was last rewritten.
 */
type MaintenanceTask = 'words-copied' | 'compact' | 'forgotten' | 'rewritten';

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

/** Gives how many memories were ever deleted. It only grows, so that a rewrite cannot count a later deletion as done. */
export function deletions(connection: Connection): number {
  return taskState(connection, 'forgotten') ?? 0;
}

/** Whether the file must be rewritten. */
export function needsRewrite(connection: Connection): boolean {
  if (taskState(connection, 'compact') !== undefined) return true;
  return deletions(connection) > (taskState(connection, 'rewritten') ?? 0);
}

/** Stores that the file was rewritten when it had `before` deletions. Must run inside a transaction. */
export function noteRewritten(connection: Connection, before: number): void {
  endTask(connection, 'compact');
  setTask(connection, 'rewritten', Math.max(before, taskState(connection, 'rewritten') ?? 0));
}
