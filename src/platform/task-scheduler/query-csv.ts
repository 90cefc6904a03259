/** What `schtasks /query /fo csv /v /nh` reports about one task: one row for each trigger. */
export type TaskRows = { kind: 'rows'; lastResults: [number, ...number[]] } | { kind: 'unknown' };

// The first seven fields of a row. The rest cannot be parsed: quotes inside the eighth field are not doubled.
const firstSeven = /^"[^"]*","([^"]*)","[^"]*","[^"]*","[^"]*","[^"]*","(-?\d{1,10})"(?:,|$)/;

/**
 * The `Last Result` of every row of exactly the task `name` (W20), unsigned; 267009 while it runs (W06). `unknown` if
 * there is no such row. Other tasks, headers in any language and incomplete rows are skipped.
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
