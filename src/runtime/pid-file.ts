import type { System } from '../system/system.ts';

/** What a pid file of another daemon says. `live`: whoever wrote it lives, as far as can be told. */
export type PidFile =
  | { kind: 'absent' }
  | { kind: 'unreadable'; why: string }
  /** No pid in it: nobody's. */
  | { kind: 'corrupt' }
  | { kind: 'dead'; pid: number }
  | { kind: 'live'; pid: number };

/** Whole seconds in some file systems, and ticks in the process table. */
const slackMs = 2000;
const highestPid = 0x7fff_ffff;

function pidOf(value: unknown): number | undefined {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= highestPid
    ? (value as number)
    : undefined;
}

/** The pid in a pid file's text: a number alone, after a port in the line before, or a JSON object's `pid` (pure). */
export function parsePidFile(text: string): number | undefined {
  const lines = text.trim().split(/\s*\n\s*/);
  if (lines.length <= 2 && lines.every((line) => /^\d{1,10}$/.test(line))) return pidOf(Number(lines.at(-1)));
  try {
    return pidOf((JSON.parse(text) as { pid?: unknown } | null)?.pid);
  } catch {
    return undefined;
  }
}

/** Reads a pid file without opening it for writing, and looks whether its writer lives. */
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
  // A link's own time says nothing of what it leads to.
  const writtenAt = seen.kind === 'file' ? seen.stats.mtimeMs : Number.POSITIVE_INFINITY;
  const isLater = life.kind === 'alive' && life.since.getTime() > writtenAt + slackMs;
  return { kind: isLater ? 'dead' : 'live', pid };
}
