import { endingOf, type ShownUnit } from './parse.ts';

export const lateReason = 'it was not ready in time';

/**
 * Why a start failed, as far as one observation shows (pure): a process that is being retried has no exit code.
 * systemd ends a process that is not ready in time with SIGTERM, and reports that until the next retry.
 */
export function reasonOf({ load, process, lastExit, result, restarts = 0 }: ShownUnit): string | undefined {
  if (load === 'masked') return 'it is masked';
  // The previous version keeps running.
  if (load === 'broken') return 'systemd cannot use the unit file';
  if (result === 'timeout') return lateReason;
  if (lastExit !== undefined) return endingOf(lastExit, '');
  // systemd stops a process that is not ready in time.
  if (process.kind === 'stopping') return lateReason;
  if (process.kind !== 'starting' && process.kind !== 'waiting') return process.kind;
  return restarts > 2 ? `it ended ${restarts} times` : undefined;
}
