import { MemorydError } from '../../errors.ts';
import type { ProcessState } from '../../service/unit.ts';
import { systemClock } from '../../system/clock.ts';
import { waitFor } from '../../system/wait.ts';
import { type Domain, guiDomain, userDomain } from './domain.ts';
import { codes, type Launchctl, type LaunchctlResult, refusal } from './launchctl.ts';
import { isBarred, processState } from './state.ts';
import type { LaunchdTiming } from './timing.ts';

export interface Job {
  label: string;
  plist: string;
  uid: number;
}

/** Temporary answers: the label is still exiting, or launchd hides the reason behind code 5. */
const passing: readonly number[] = [codes.refused, codes.alreadyLoaded, codes.stillGoing, codes.inProgress];

const longestPauseMs = 2000;

/** Opens the pane of System Settings in which a user may have switched the job off. */
const loginItems = "open 'x-apple.systempreferences:com.apple.LoginItems-Settings.extension'";

/** Answers that mean another domain: there is no graphical session, or the job is not allowed in it. */
const elsewhere: readonly number[] = [codes.noDomain, codes.wrongDomain, codes.wrongSession];

/** Enables a label. A bootstrap fails while the label is disabled (M02). */
export async function enable(launchctl: Launchctl, domain: Domain, label: string): Promise<void> {
  const answer = await launchctl.run('enable', `${domain}/${label}`);
  if (answer.code !== codes.ok) throw refusal(`enable ${domain}/${label}`, answer);
}

async function tryBootstrap(
  launchctl: Launchctl,
  domain: Domain,
  job: Job,
  timing: LaunchdTiming,
): Promise<LaunchctlResult> {
  const end = systemClock.monotonic() + timing.retryMs;
  for (let pauseMs = timing.pollMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const answer = await launchctl.run('bootstrap', domain, job.plist);
    if (!passing.includes(answer.code)) return answer;
    const seen = await launchctl.print(domain, job.label);
    // Another process loaded the same file meanwhile. A job that is stopping does not count, because it goes away.
    if (seen.kind === 'loaded' && processState(seen.print).kind !== 'stopping')
      return { ...answer, code: codes.ok };
    if (systemClock.monotonic() + pauseMs > end) return answer;
    await systemClock.sleep(pauseMs);
  }
}

/**
 * Loads a job that no domain has, which also starts it. Returns the domain. launchd may list a graphical session that
 * accepts no job, so the background domain is tried second (M03). Throws `failed` with the output of launchd.
 */
export async function bootstrap(
  launchctl: Launchctl,
  domain: Domain,
  job: Job,
  timing: LaunchdTiming,
): Promise<Domain> {
  await enable(launchctl, domain, job.label);
  const answer = await tryBootstrap(launchctl, domain, job, timing);
  if (answer.code === codes.ok) return domain;
  if (elsewhere.includes(answer.code) && domain === guiDomain(job.uid)) {
    return bootstrap(launchctl, userDomain(job.uid), job, timing);
  }
  throw refusal(`bootstrap ${domain} ${job.plist}`, answer);
}

/**
 * Resolves when a loaded job has a process. RunAtLoad has no effect while the session does not start jobs yet, and was
 * also seen to fail elsewhere, so an idle job is kickstarted once. Never with -k, which would kill a process that has
 * just started. Throws `failed` with the reason if the process ends or none appears.
 */
export async function awaitProcess(
  launchctl: Launchctl,
  domain: Domain,
  label: string,
  timing: LaunchdTiming,
): Promise<void> {
  let words = '';
  let asked = false;
  let barred = false;
  let state: ProcessState = { kind: 'starting' };
  const look = async (): Promise<boolean> => {
    const seen = await launchctl.print(domain, label);
    if ('words' in seen) words = seen.words;
    if (seen.kind === 'refused') return false;
    if (seen.kind !== 'loaded') throw new MemorydError('failed', `launchd dropped ${label} again`);
    state = processState(seen.print);
    barred = isBarred(seen.print);
    const never = seen.print.kind === 'job' && (seen.print.job.runs ?? 0) === 0;
    const idle = state.kind === 'stopped' || (state.kind === 'waiting' && never);
    if (idle && !asked) {
      asked = true;
      const answer = await launchctl.run('kickstart', `${domain}/${label}`);
      const started = answer.code === codes.ok || answer.code === codes.inProgress;
      if (!started) throw refusal(`kickstart ${domain}/${label}`, answer);
      return false;
    }
    return state.kind === 'running' || state.kind === 'failed' || (state.kind === 'waiting' && !never);
  };
  await waitFor(look, timing.spawnMs, timing.pollMs);
  const end = state as ProcessState;
  if (end.kind === 'running') return;
  const reason = 'reason' in end ? end.reason : `it is still ${end.kind}`;
  // launchd's description of the job has sixty lines, and says no more than the reason (N13).
  const details = barred ? { hint: loginItems } : { words };
  throw new MemorydError('failed', `launchd started ${label}, but ${reason}`, details);
}
