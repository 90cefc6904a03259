import { endingOf, type ShownUnit } from './parse.ts';

export const lateReason = 'it was not ready in time';

/**
 * Why a start came to nothing, as far as one look tells (pure): a process that is being tried again has no exit code.
 * What is not ready in time systemd ends with SIGTERM, and says so until it tries again.
 */
export function reasonOf({ load, process, lastExit, result, restarts = 0 }: ShownUnit): string | undefined {
  if (load === 'masked') return 'it is masked';
  // What it was before goes on running.
  if (load === 'broken') return 'systemd cannot use the unit file';
  if (result === 'timeout') return lateReason;
  if (lastExit !== undefined) return endingOf(lastExit, '');
  // What is being started is stopped by systemd when its time is over.
  if (process.kind === 'stopping') return lateReason;
  if (process.kind !== 'starting' && process.kind !== 'waiting') return process.kind;
  return restarts > 2 ? `it ended ${restarts} times` : undefined;
}
