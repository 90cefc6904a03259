/** What `schtasks /query /fo csv /v /nh` says of one task: a row for every trigger it has. */
export type TaskRows = { kind: 'rows'; lastResults: [number, ...number[]] } | { kind: 'unknown' };

// Seven fields that start a row. Only these can be read: quotes inside the eighth are not doubled.
const firstSeven = /^"[^"]*","([^"]*)","[^"]*","[^"]*","[^"]*","[^"]*","(-?\d{1,10})"(?:,|$)/;

/**
 * The `Last Result` of every row of exactly the task `name` (W20), unsigned: 267009 while it runs (W06).
 * `unknown` when there is no such row; other tasks, headers in any language and broken rows are passed over.
 */
export function parseTaskRows(text: string, name: string): TaskRows {
  const wanted = name.toLowerCase();
  const results: number[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [, task, result] = firstSeven.exec(line) ?? [];
    if (task?.toLowerCase() === wanted) results.push(Number(result) >>> 0);
  }
  const [first, ...rest] = results;
  return first === undefined ? { kind: 'unknown' } : { kind: 'rows', lastResults: [first, ...rest] };
}
