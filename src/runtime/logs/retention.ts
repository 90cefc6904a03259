import type { LogName } from './names.ts';

/** How many logs are kept. Sizes are in bytes. */
export interface LogPolicy {
  maxFileBytes: number;
  keepDays: number;
  keepTotalBytes: number;
}

const megabyte = 1024 * 1024;
const dayMs = 86_400_000;

/** The policy of the `logs` object of a definition. */
export function logPolicy(
  logs: Partial<Record<'maxFileMb' | 'keepDays' | 'keepTotalMb', number>> = {},
): LogPolicy {
  const { maxFileMb = 10, keepDays = 14, keepTotalMb = 200 } = logs;
  return { maxFileBytes: maxFileMb * megabyte, keepDays, keepTotalBytes: keepTotalMb * megabyte };
}

/** The files to delete, oldest first (pure). The newest is never deleted, because it is being written. */
export function expiredLogs(
  logs: readonly (LogName & { bytes: number })[],
  policy: Pick<LogPolicy, 'keepDays' | 'keepTotalBytes'>,
  today: string,
): string[] {
  const oldestDay = new Date(Date.parse(today) - (policy.keepDays - 1) * dayMs).toISOString().slice(0, 10);
  let total = logs.reduce((sum, { bytes }) => sum + bytes, 0);
  const expired: string[] = [];
  for (const { file, day, bytes } of logs.slice(0, -1)) {
    if (day >= oldestDay && total <= policy.keepTotalBytes) break;
    expired.push(file);
    total -= bytes;
  }
  return expired;
}
