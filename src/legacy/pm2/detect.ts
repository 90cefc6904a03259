import { join } from 'node:path';
import { type Candidate, type DetectionContext, recogniseEntry } from '../detection-context.ts';
import type { FindingOf, LegacyAction, Pm2App, RunState } from '../finding.ts';
import { commandOf, directoryOf, environmentOf, type Pm2Process } from './parse.ts';

/** The state of this user's PM2. */
export interface Pm2Facts {
  /** PM2_HOME. */
  home: string;
  /** Whether its daemon runs. */
  live: boolean;
  /** Undefined when its daemon is not running, or printed no list. */
  processes: readonly Pm2Process[] | undefined;
  /** The apps that `pm2 resurrect` would start. Undefined when no readable list is saved. */
  dump: readonly Record<string, unknown>[] | undefined;
  /** The file names in `pids/` and `logs/`. */
  files: readonly string[];
  /** The files that `pm2 startup` wrote. They start PM2 at boot or login. */
  startup: readonly string[];
}

const nameOf = (saved: Record<string, unknown>): string => String(saved.name ?? '');

/** The instances of an app. For an app that is not running, the saved entry is what `pm2 save` wrote last. */
function instancesOf(name: string, { processes, dump }: Pm2Facts): Pm2App[] {
  const running = (processes ?? []).filter((process) => process.name === name);
  if (running.length > 0) return running.map(({ id, saved }) => ({ id, saved }));
  return (dump ?? []).filter((saved) => nameOf(saved) === name).map((saved) => ({ id: undefined, saved }));
}

function startupNotes({ startup }: Pm2Facts, others: boolean): string[] {
  if (startup.length === 0) return [];
  const where = startup.join(', ');
  return others
    ? [`PM2 still starts at boot for its other apps: ${where}`]
    : [`PM2 still starts at boot with no apps left: ${where}; pm2 unstartup disables that`];
}

/** Whether the app runs. Without a list from a running PM2 daemon, any saved app may be running. */
function runOf(name: string, { live, processes }: Pm2Facts): RunState {
  if (live && processes === undefined) return { kind: 'unknown', why: 'PM2 runs, but pm2 gives no list' };
  const online = processes?.find((process) => process.name === name && process.status === 'online');
  return online === undefined ? { kind: 'stopped' } : { kind: 'running', pid: online.pid };
}

const unasked: LegacyAction = {
  kind: 'report',
  why: 'PM2 runs, but its pm2 is not on the PATH or does not answer',
  commands: [['pm2', 'list']],
};

/** Finds PM2 apps that are memory daemons, running or only saved (pure). */
export function detectPm2(facts: Pm2Facts, context: DetectionContext): Candidate[] {
  const { processes, dump, live, home } = facts;
  const names = new Set([...(processes ?? []).map(({ name }) => name), ...(dump ?? []).map(nameOf)]);
  return [...names].flatMap((name): Candidate[] => {
    const apps = instancesOf(name, facts);
    const saved = apps[0]?.saved ?? {};
    const entry = {
      name,
      command: commandOf(saved),
      runsAs: context.user.name,
      environment: environmentOf(saved),
      workingDirectory: directoryOf(saved),
    };
    const known = recogniseEntry('pm2', entry, context);
    if (known === undefined) return [];
    const run = runOf(name, facts);
    const entries = (dump ?? []).filter((one) => nameOf(one) === name);
    const isSaved = entries.length > 0;
    // resurrect does not start an app that was saved as stopped.
    const startsByItself = entries.some(({ status }) => status !== 'stopped');
    const others = [...names].some((other) => other !== name);
    return [
      {
        kind: 'pm2',
        ...known,
        pm2Home: home,
        apps,
        live,
        saved: isSaved,
        keepsOthers: others,
        starts: startsByItself ? 'enabled' : 'disabled',
        run,
        definedIn: isSaved ? [join(home, 'dump.pm2')] : [],
        notes: [
          ...(apps.length > 1 ? [`${apps.length} instances become one service`] : []),
          ...startupNotes(facts, others),
        ],
        needsAdmin: [],
        handling: run.kind === 'unknown' ? unasked : { kind: 'migrate' },
      },
    ];
  });
}

const lastOf = (file: string): string => file.slice(file.lastIndexOf('/') + 1);

// <name>-<id>.pid, <name>-out.log, <name>-error-<id>.log. Rotated logs have a date after two underscores.
const endings = /^-(?:\d+\.pid|(?:out|error)(?:-\d+)?(?:__[\d_-]+)?\.log)$/;

/**
 * Gives the paths of pid and log files of deleted apps, which `pm2 delete` leaves behind (pure).
 * PM2 removes a number at the end of an app's name from the pid file's name: the app `x-2` may have `x-1.pid`. So a
 * file that any app of PM2 names as its own is never listed (W20).
 */
export function orphanedPm2Files(
  { home, processes, dump, files }: Pm2Facts,
  names: readonly string[],
): string[] {
  const managed = [...(processes ?? []).map(({ saved }) => saved), ...(dump ?? [])];
  const gone = names.filter((name) => !managed.some((saved) => nameOf(saved) === name));
  const used = new Set(
    managed.flatMap((saved) => [saved.pm_pid_path, saved.pm_out_log_path, saved.pm_err_log_path]),
  );
  return files
    .filter((file) =>
      gone.some((name) => lastOf(file).startsWith(name) && endings.test(lastOf(file).slice(name.length))),
    )
    .map((file) => join(home, file))
    .filter((path) => !used.has(path));
}

/** Whether `pm2 save` would remove exactly this app from the saved list and change nothing else (pure). */
export function saveIsExact(finding: FindingOf<'pm2'>, { processes, dump }: Pm2Facts): boolean {
  if (processes === undefined) return false;
  const without = (names: string[]) => names.filter((name) => name !== finding.name).toSorted();
  const live = without(processes.map(({ name }) => name));
  return JSON.stringify(live) === JSON.stringify(without((dump ?? []).map(nameOf)));
}
