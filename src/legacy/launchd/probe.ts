import { posix } from 'node:path';
import { guiDomain, userDomain } from '../../platform/launchd/domain.ts';
import { createLaunchctl, type Launchctl } from '../../platform/launchd/launchctl.ts';
import { readMark } from '../../platform/launchd/mark.ts';
import type { System } from '../../system/system.ts';
import type { RunState } from '../finding.ts';
import type { JobFacts } from './detect.ts';
import { type PlistValue, readPlist, stringIn } from './parse-plist.ts';

const timeoutMs = 15_000;

/** Reads a plist. launchd also accepts binary plists; plutil is on every Mac and prints them as XML. */
async function plistAt(
  { files, exec }: System,
  path: string,
): Promise<{ [key: string]: PlistValue } | undefined> {
  const read = await files.read(path);
  if (read.kind !== 'content') return undefined;
  if (read.bytes.subarray(0, 8).toString('latin1') !== 'bplist00') return readPlist(read.text);
  const result = await exec.run(['plutil', '-convert', 'xml1', '-o', '-', '--', path]);
  return result.kind === 'exited' && result.code === 0 ? readPlist(result.stdout) : undefined;
}

/** Whether memoryd wrote the plist. Such a job is not an older setup. */
async function isOurs({ files }: System, path: string): Promise<boolean> {
  const service = /\/io\.github\.memoryd\.([^/]+)\.plist$/.exec(path)?.[1];
  const read = service === undefined ? undefined : await files.read(path);
  return service !== undefined && read?.kind === 'content' && readMark(read.text, service) !== undefined;
}

interface Loaded {
  domain: string;
  loaded: boolean;
  run: RunState;
}

async function loadedIn(
  launchctl: Launchctl,
  domains: readonly [string, ...string[]],
  label: string,
): Promise<Loaded> {
  for (const domain of domains) {
    const printed = await launchctl.print(domain, label);
    if (printed.kind === 'refused')
      return { domain, loaded: false, run: { kind: 'unknown', why: 'launchd does not say' } };
    if (printed.kind !== 'loaded') continue;
    const job = printed.print.kind === 'job' ? printed.print.job : undefined;
    const run: RunState =
      job === undefined
        ? { kind: 'unknown', why: 'launchd said something that memoryd does not know' }
        : job.pid === undefined
          ? { kind: 'stopped' }
          : { kind: 'running', pid: job.pid };
    return { domain, loaded: true, run };
  }
  return { domain: domains[0], loaded: false, run: { kind: 'stopped' } };
}

/** Whether launchd starts the job automatically. */
function starts(job: { [key: string]: PlistValue }): 'enabled' | 'disabled' {
  const byItself = job.RunAtLoad === true || (job.KeepAlive !== undefined && job.KeepAlive !== false);
  return byItself && job.Disabled !== true ? 'enabled' : 'disabled';
}

/**
 * Reads the plists of the system and of this user, and the state of their jobs. launchctl is run only for jobs that
 * `wanted` accepts.
 */
export async function probeLaunchdJobs(
  system: System,
  wanted: (label: string, path: string, job: { [key: string]: PlistValue }) => boolean,
): Promise<JobFacts[]> {
  const { user, files } = system;
  const launchctl = createLaunchctl(system, timeoutMs);
  const own: [string, string] = [guiDomain(user.uid), userDomain(user.uid)];
  const places = [
    { directory: '/Library/LaunchDaemons', kind: 'launch-daemon', domains: ['system'] },
    { directory: '/Library/LaunchAgents', kind: 'launch-agent', domains: own },
    { directory: posix.join(user.home, 'Library', 'LaunchAgents'), kind: 'launch-agent', domains: own },
  ] as const;
  const facts: JobFacts[] = [];
  for (const { directory, kind, domains } of places) {
    for (const name of (await files.list(directory)).filter((one) => one.endsWith('.plist'))) {
      const path = posix.join(directory, name);
      const job = (await isOurs(system, path)) ? undefined : await plistAt(system, path);
      const label = stringIn(job?.Label);
      if (job === undefined || label === undefined || !wanted(label, path, job)) continue;
      facts.push({ kind, path, job, starts: starts(job), ...(await loadedIn(launchctl, domains, label)) });
    }
  }
  return facts;
}
