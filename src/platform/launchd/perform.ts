import { MemorydError } from '../../errors.ts';
import type { Roots } from '../../layout.ts';
import { servicePaths } from '../../layout.ts';
import { readRuns } from '../../runtime/run-history-file.ts';
import type { Verb } from '../../service/unit.ts';
import type { System } from '../../system/system.ts';
import { waitFor } from '../../system/wait.ts';
import { receiptPaths } from '../receipt-paths.ts';
import { type DomainObservation, type LoadedJob, observeDomains, refuseSystemJob } from './domain.ts';
import { labelOf, stderrPath } from './label.ts';
import type { Launchctl } from './launchctl.ts';
import { prepareLogFile } from './log-file.ts';
import { isForeign, isOlder } from './mark.ts';
import { usablePlist } from './plist-file.ts';
import type { RememberedDomain } from './remembered-domain.ts';
import { awaitProcess, bootstrap, enable } from './start.ts';
import { processState } from './state.ts';
import { takeOut } from './stop.ts';
import type { LaunchdTiming } from './timing.ts';

export interface LaunchdTools {
  system: Pick<System, 'files' | 'user'>;
  roots: Roots;
  launchctl: Launchctl;
  remembered: RememberedDomain;
  timing: LaunchdTiming;
}

/** The domains that have the job. Throws `configuration` for a job with the same label that memoryd did not write. */
async function observeOurDomains(
  { launchctl, system, roots }: LaunchdTools,
  service: string,
): Promise<DomainObservation> {
  const label = labelOf(service);
  const own = await receiptPaths(system.files, roots, service);
  const seen = await observeDomains(launchctl, system.user.uid, label);
  const foreign = seen.loaded.find(
    ({ printed: { print } }) => print.kind === 'job' && isForeign(print.job, service, own),
  );
  if (foreign === undefined) return seen;
  throw new MemorydError('configuration', `launchd has another job called ${label}`, {
    words: foreign.printed.words,
    hint: `launchctl print ${foreign.domain}/${label}`,
  });
}

const logOf = (roots: Roots, service: string): string => stderrPath(servicePaths(roots, service).logs);

async function register(tools: LaunchdTools, service: string): Promise<void> {
  const { launchctl, system, roots } = tools;
  await usablePlist({ ...system, roots }, service);
  await refuseSystemJob(launchctl, labelOf(service));
  const { domain, loaded } = await observeOurDomains(tools, service);
  // The next login opens the log. While a job is loaded, launchd may have the log open.
  if (loaded.length === 0) await prepareLogFile(system.files, logOf(roots, service));
  await enable(launchctl, domain, labelOf(service));
}

async function takeOutAll(
  { launchctl, timing }: LaunchdTools,
  service: string,
  loaded: readonly LoadedJob[],
): Promise<void> {
  for (const job of loaded) await takeOut(launchctl, labelOf(service), job, timing);
}

/**
 * Unloads the job from every domain, waits until it is gone, and loads it again. launchd never rereads a plist, and a
 * separate stop and start would race with KeepAlive (M17).
 */
async function reload(tools: LaunchdTools, service: string, seen: DomainObservation): Promise<void> {
  const { launchctl, system, roots, remembered, timing } = tools;
  const label = labelOf(service);
  const plist = await usablePlist({ ...system, roots }, service);
  await refuseSystemJob(launchctl, label);
  await takeOutAll(tools, service, seen.loaded);
  await prepareLogFile(system.files, logOf(roots, service));
  const job = { label, plist: plist.path, uid: system.user.uid };
  const domain = await bootstrap(launchctl, seen.domain, job, timing);
  await remembered.write(service, domain);
  await awaitProcess(launchctl, domain, label, timing);
}

const idle = ({ printed: { print } }: LoadedJob): boolean =>
  processState(print).kind === 'stopped' || (print.kind === 'job' && print.job.pended);

/**
 * Whether the process of a job is a host that has given up and only stays alive because launchd would restart it for
 * ever (M10): then the record of the host names another run. A process that has just started may need a moment to
 * write its record.
 */
async function hasGivenUp(
  { system, roots, timing }: LaunchdTools,
  service: string,
  { printed: { print } }: LoadedJob,
): Promise<boolean> {
  const state = processState(print);
  if (state.kind !== 'running') return false;
  const paths = servicePaths(roots, service);
  const runs = async () => {
    const account = await readRuns(system, paths);
    return account === undefined || account.current?.pid === state.pid;
  };
  return (await waitFor(runs, timing.accountMs, timing.pollMs)) === undefined;
}

/**
 * Leaves a running job alone, and also a job whose state is unclear. Starts an idle job if it has the definition on
 * disk. Reloads any other job: kickstart cannot shorten a throttle, and a job that is exiting must be gone first.
 */
async function start(tools: LaunchdTools, service: string): Promise<void> {
  const seen = await observeOurDomains(tools, service);
  const busy = seen.loaded.find(({ printed: { print } }) =>
    ['running', 'starting', 'unknown'].includes(processState(print).kind),
  );
  const plist = await usablePlist({ ...tools.system, roots: tools.roots }, service);
  const current = ({ printed: { print } }: LoadedJob) =>
    print.kind === 'job' && !isOlder(print.job, plist.unit);
  if (busy !== undefined && (await hasGivenUp(tools, service, busy))) return reload(tools, service, seen);
  const usable = busy ?? seen.loaded.find((job) => idle(job) && current(job));
  if (usable === undefined) return reload(tools, service, seen);
  await tools.remembered.write(service, usable.domain);
  await awaitProcess(tools.launchctl, usable.domain, labelOf(service), tools.timing);
}

async function restart(tools: LaunchdTools, service: string): Promise<void> {
  await reload(tools, service, await observeOurDomains(tools, service));
}

async function stop(tools: LaunchdTools, service: string): Promise<void> {
  const { loaded } = await observeOurDomains(tools, service);
  await takeOutAll(tools, service, loaded);
  await tools.remembered.forget(service);
}

/** The verbs. launchd remembers nothing about a removed plist, so `settle` does nothing. */
export const verbs: Readonly<Record<Verb, (tools: LaunchdTools, service: string) => Promise<void>>> = {
  register,
  start,
  stop,
  restart,
  unregister: stop,
  settle: async () => undefined,
};
