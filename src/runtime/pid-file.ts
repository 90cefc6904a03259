import type { System } from '../system/system.ts';

/** The content of another daemon's pid file. `live`: as far as can be told, the process that wrote it is running. */
export type PidFile =
  | { kind: 'absent' }
  | { kind: 'unreadable'; why: string }
  /** The file contains no pid. */
  | { kind: 'corrupt' }
  | { kind: 'dead'; pid: number }
  | { kind: 'live'; pid: number };

/** Some file systems store times in whole seconds, and the process table in clock ticks. */
const slackMs = 2000;
const highestPid = 0x7fff_ffff;

function pidOf(value: unknown): number | undefined {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= highestPid
    ? (value as number)
    : undefined;
}

/**
 * Parses the text of a pid file: only a number, a number after a line with a port, or the `pid` of a JSON object
 * (pure).
 */
export function parsePidFile(text: string): number | undefined {
  const lines = text.trim().split(/\s*\n\s*/);
  if (lines.length <= 2 && lines.every((line) => /^\d{1,10}$/.test(line))) return pidOf(Number(lines.at(-1)));
  try {
    return pidOf((JSON.parse(text) as { pid?: unknown } | null)?.pid);
  } catch {
    return undefined;
  }
}

/** Reads a pid file, never opening it for writing, and checks whether the process that wrote it is running. */
export async function readPidFile(
  { files, processes }: Pick<System, 'files' | 'processes'>,
  path: string,
): Promise<PidFile> {
  const [read, seen] = await Promise.all([files.read(path), files.inspect(path)]);
  if (seen.kind === 'directory') return { kind: 'corrupt' };
  if (read.kind === 'unreadable') return read;
  if (read.kind === 'absent') return seen.kind === 'link' ? { kind: 'corrupt' } : read;
  const pid = parsePidFile(read.text);
  if (pid === undefined) return { kind: 'corrupt' };
  const life = processes.lifeOf(pid);
  if (life.kind === 'gone') return { kind: 'dead', pid };
  // The time of a link says nothing about its target.
  const writtenAt = seen.kind === 'file' ? seen.stats.mtimeMs : Number.POSITIVE_INFINITY;
  const isLater = life.kind === 'alive' && life.since.getTime() > writtenAt + slackMs;
  return { kind: isLater ? 'dead' : 'live', pid };
}
