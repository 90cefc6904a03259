/**
 * `<name>-YYYY-MM-DD.log`, then `<name>-YYYY-MM-DD.1.log` and so on as the files of a day fill up. Files are never
 * renamed: another process may have one open, which fails on Windows, and a following reader would lose its position. A
 * full file may be compressed to `<file>.gz`.
 */
export interface LogName {
  file: string;
  day: string;
  sequence: number;
  packed: boolean;
}

export const packedSuffix = '.gz';

/** Days are in UTC, like the times in the files. */
export function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/** The file name for a day and a sequence number, not compressed. */
export function logFileName(service: string, day: string, sequence: number): string {
  return sequence === 0 ? `${service}-${day}.log` : `${service}-${day}.${sequence}.log`;
}

/**
 * The log files of a service among `files`, oldest first. Files of other services and other files are omitted, and so
 * is a compressed file whose original still exists, because compression was interrupted.
 */
export function sortLogNames(service: string, files: readonly string[]): LogName[] {
  const logs: LogName[] = [];
  for (const file of files) {
    if (!file.startsWith(`${service}-`)) continue;
    const match = /^(\d{4}-\d{2}-\d{2})(?:\.([1-9]\d{0,8}))?\.log(\.gz)?$/.exec(
      file.slice(service.length + 1),
    );
    if (match === null) continue;
    const packed = match[3] !== undefined;
    if (packed && files.includes(file.slice(0, -packedSuffix.length))) continue;
    logs.push({ file, day: match[1] as string, sequence: Number(match[2] ?? 0), packed });
  }
  return logs.sort((a, b) => (a.day === b.day ? a.sequence - b.sequence : a.day < b.day ? -1 : 1));
}
