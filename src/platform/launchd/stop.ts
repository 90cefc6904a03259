import { MemorydError } from '../../errors.ts';
import { waitFor } from '../../system/wait.ts';
import type { LoadedJob } from './domain.ts';
import { codes, type Launchctl, refusal } from './launchctl.ts';
import type { LaunchdTiming } from './timing.ts';

/** The default of launchd. */
const defaultExitTimeoutSecs = 5;

/** The job is gone or exiting: 36 is also returned while the process still exits. */
const going: readonly number[] = [
  codes.ok,
  codes.noSuchProcess,
  codes.stillGoing,
  codes.noDomain,
  codes.noService,
  codes.wrongDomain,
];

/**
 * Unloads a job and resolves when launchd has forgotten it. bootout only starts this: the label stays in use until the
 * process is dead, and every bootstrap fails until then (M01). Throws `failed` if launchd refuses or the job outlives
 * its exit timeout.
 */
export async function takeOut(
  launchctl: Launchctl,
  label: string,
  { domain, printed }: LoadedJob,
  timing: LaunchdTiming,
): Promise<void> {
  const target = `${domain}/${label}`;
  const answer = await launchctl.run('bootout', target);
  if (!going.includes(answer.code)) throw refusal(`bootout ${target}`, answer);
  const own = printed.print.kind === 'job' ? printed.print.job.exitTimeoutSecs : undefined;
  // launchd waits forever if it is 0.
  const patienceMs = (own || defaultExitTimeoutSecs) * 1000 + timing.drainMarginMs;
  let words = answer.words;
  const gone = await waitFor(
    async () => {
      const seen = await launchctl.print(domain, label);
      if ('words' in seen) words = seen.words;
      return seen.kind === 'not-loaded' || seen.kind === 'no-domain';
    },
    patienceMs,
    timing.pollMs,
  );
  if (gone) return;
  throw new MemorydError(
    'failed',
    `launchd still has ${label} ${Math.round(patienceMs / 1000)} s after bootout`,
    {
      words,
      hint: `launchctl print ${target}`,
    },
  );
}
