import { MemorydError } from '../../errors.ts';
import { listenersText } from '../../external/listeners-text.ts';
import type { ExternalSpec } from '../../external/spec.ts';
import { listenedBy, listeningOn } from '../../system/listeners.ts';
import type { System } from '../../system/system.ts';
import { startLimitMs } from './monitor.ts';

interface NotReady {
  spec: Pick<ExternalSpec, 'service' | 'startTimeoutSecs'>;
  port: number;
  /** What the last probe saw. */
  seen: string;
  /** The processes of the daemon. */
  pids: readonly number[];
  lastLines: readonly string[];
}

/** The error for a daemon that never became ready: how long it had, what was seen, and its last lines (N09). */
export async function notReadyError(
  system: Pick<System, 'platform' | 'exec'>,
  { spec, port, seen, pids, lastLines }: NotReady,
): Promise<MemorydError> {
  const [onPort, own] = await Promise.all([listeningOn(system, [port]), listenedBy(system, pids)]);
  const after = `not ready after ${Math.round(startLimitMs(spec) / 1000)} s (--start-timeout)`;
  const message = `${after}: ${seen}${listenersText(port, onPort, own)}`;
  return new MemorydError('failed', [message, ...lastLines].join('\n'), {
    hint: `memoryd install ${spec.service} --start-timeout ${spec.startTimeoutSecs * 2}`,
  });
}

/** How long an answer of the process is awaited to which a daemon gives way. */
const servedMs = 1000;
const servedPollMs = 100;

/** Whether another process answers within a second: an exit code alone proves nothing (N10). */
export async function isServedSoon(
  { clock }: Pick<System, 'clock'>,
  ask: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<boolean> {
  const end = clock.monotonic() + servedMs;
  for (;;) {
    if (await ask()) return true;
    if (clock.monotonic() >= end || signal.aborted) return false;
    await clock.sleep(servedPollMs, signal);
  }
}
