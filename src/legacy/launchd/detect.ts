import { actionFor, type Candidate, type DetectionContext, recogniseEntry } from '../detection-context.ts';
import type { AdminNeed, RunState, StartState } from '../finding.ts';
import { mapIn, type PlistValue, stringIn, stringsIn } from './parse-plist.ts';

/** One plist in launchd's directories, and the state of its label. */
export interface JobFacts {
  kind: 'launch-daemon' | 'launch-agent';
  path: string;
  /** The plist's dictionary. */
  job: { [key: string]: PlistValue };
  /**
   * The domain it is loaded in: `system`, `gui/501` or `user/501`. When it is not loaded: the domain it would be loaded
   * into.
   */
  domain: string;
  loaded: boolean;
  run: RunState;
  starts: StartState;
}

function needsOf({ kind, path }: JobFacts, label: string): AdminNeed[] {
  if (kind === 'launch-daemon') {
    return [
      { what: `stop ${label}`, why: 'it belongs to the whole Mac' },
      { what: `remove ${path}`, why: "/Library/LaunchDaemons is root's" },
    ];
  }
  return path.startsWith('/Library/')
    ? [{ what: `remove ${path}`, why: "/Library/LaunchAgents is root's" }]
    : [];
}

function commandOf(job: JobFacts['job']): [string, ...string[]] | undefined {
  const [first, ...rest] = stringsIn(job.ProgramArguments);
  const program = stringIn(job.Program) ?? first;
  return program === undefined ? undefined : [program, ...rest];
}

function notesOf({ kind, path }: JobFacts): string[] {
  const forAll = kind === 'launch-agent' && path.startsWith('/Library/');
  return forAll ? [`it is removed for every user of this Mac: ${path} starts it at each login`] : [];
}

/**
 * launchd.plist(5) gives no default for ExitTimeOut: it is 20 s in older systems and 5 s in newer ones. 0 means no
 * limit.
 */
const usualExitSecs = 20;

/** Finds system daemons and agents that run a memory daemon and that memoryd did not write (pure). */
export function detectLaunchdJobs(jobs: readonly JobFacts[], context: DetectionContext): Candidate[] {
  return jobs.flatMap((facts): Candidate[] => {
    const label = stringIn(facts.job.Label);
    if (label === undefined) return [];
    const { kind, path, loaded, run, starts, domain } = facts;
    const runsAs = kind === 'launch-agent' ? context.user.name : (stringIn(facts.job.UserName) ?? 'root');
    const known = recogniseEntry(
      kind,
      {
        name: label,
        command: commandOf(facts.job),
        runsAs,
        environment: mapIn(facts.job.EnvironmentVariables),
        workingDirectory: stringIn(facts.job.WorkingDirectory),
      },
      context,
    );
    if (known === undefined) return [];
    const { ExitTimeOut } = facts.job;
    const exitSecs = typeof ExitTimeOut === 'number' && ExitTimeOut > 0 ? ExitTimeOut : usualExitSecs;
    const job = { path, loaded, exitSecs };
    const source = kind === 'launch-agent' ? { kind, domain, ...job } : { kind, ...job };
    return [
      {
        ...source,
        ...known,
        starts,
        run,
        definedIn: [path],
        notes: notesOf(facts),
        needsAdmin: needsOf(facts, label),
        handling: actionFor(runsAs, context),
      },
    ];
  });
}
