import { join } from 'node:path';
import type { Files } from '../../system/files.ts';
import type { System } from '../../system/system.ts';
import { type LogName, sortLogNames } from './names.ts';
import { readLines } from './read-lines.ts';

/** The logs of a service, and the lines to return. */
export interface LogQuery {
  directory: string;
  service: string;
  /** The maximum number of lines; the last ones are returned. */
  lines?: number;
  /** Only lines at or after this time. A line without a time has the time of the line before it. */
  since?: Date;
}

/** The position of a reader: `offset` bytes into `name`, always at the start of a line. */
interface LogCursor {
  name: LogName;
  offset: number;
}

const pollMs = 200;

function timeOf(line: string): number | undefined {
  const match = /^\{"time":"([^"]+)"/.exec(line);
  return match ? Date.parse(match[1] as string) : undefined;
}

/** Drops the lines before `since`. Times usually increase within a file, but the clock may be set back. */
function sinceOnly(lines: string[], since: Date | undefined): string[] {
  if (since === undefined) return lines;
  const first = lines.findIndex((line) => (timeOf(line) ?? Number.NEGATIVE_INFINITY) >= since.getTime());
  return first < 0 ? [] : lines.slice(first);
}

async function namesOf(files: Files, { directory, service }: LogQuery): Promise<LogName[]> {
  return sortLogNames(service, await files.list(directory));
}

async function tail(
  files: Files,
  query: LogQuery,
): Promise<{ lines: string[]; cursor: LogCursor | undefined }> {
  const { directory, since, lines: wanted = Number.POSITIVE_INFINITY } = query;
  const names = await namesOf(files, query);
  const oldestDay = since?.toISOString().slice(0, 10) ?? '';
  let lines: string[] = [];
  let cursor: LogCursor | undefined;
  for (const name of names.toReversed()) {
    if (cursor !== undefined && (lines.length >= wanted || name.day < oldestDay)) break;
    const read = await readLines(join(directory, name.file), 0);
    cursor ??= { name, offset: read.next };
    lines = [...sinceOnly(read.lines, since), ...lines];
  }
  return { lines: wanted === 0 ? [] : lines.slice(-wanted), cursor };
}

/** The requested lines, oldest first; none if nothing was logged. */
export async function readLog(files: Files, query: LogQuery): Promise<string[]> {
  return (await tail(files, query)).lines;
}

/**
 * Yields the requested lines, then every new line as it is written, over rotations and restarts, until `signal` aborts.
 */
export async function* followLog(
  { files, clock }: Pick<System, 'files' | 'clock'>,
  query: LogQuery,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { directory } = query;
  const { lines, cursor: start } = await tail(files, query);
  yield* lines;
  let cursor = start;
  while (!signal.aborted) {
    // Listed before reading: a file is complete once a later one is in the list.
    const names = await namesOf(files, query);
    const later =
      cursor === undefined ? names : names.filter((name) => isLater(name, (cursor as LogCursor).name));
    if (cursor !== undefined) {
      const read = await readLines(join(directory, cursor.name.file), cursor.offset);
      cursor = { name: cursor.name, offset: read.next };
      yield* read.lines;
    }
    const next = later[0];
    if (next !== undefined) cursor = { name: next, offset: 0 };
    else await clock.sleep(pollMs, signal);
  }
}

function isLater(a: LogName, b: LogName): boolean {
  return a.day === b.day ? a.sequence > b.sequence : a.day > b.day;
}
