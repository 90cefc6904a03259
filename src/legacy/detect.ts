import type { Machine } from '../install/service-lock.ts';
import { serviceNames } from '../install/service-names.ts';
import { servicePaths } from '../layout.ts';
import { readPort } from '../runtime/port-file.ts';
import type { Files } from '../system/files.ts';
import { currentSid } from '../system/sid.ts';
import type { System } from '../system/system.ts';
import { probeAccounts } from './accounts.ts';
import { detectCrontab } from './crontab/detect.ts';
import { probeCrontab } from './crontab/probe.ts';
import { probeData } from './data.ts';
import { type Candidate, type DetectionContext, withData } from './detection-context.ts';
import { detectContainers } from './docker/detect.ts';
import { probeDocker } from './docker/probe.ts';
import { type Finding, type LegacyKind, legacyKinds } from './finding.ts';
import { detectLaunchdJobs } from './launchd/detect.ts';
import { stringsIn } from './launchd/parse-plist.ts';
import { probeLaunchdJobs } from './launchd/probe.ts';
import { withListenedPort } from './listened-port.ts';
import { loadKnownDaemons } from './load-known-daemons.ts';
import { actionBeside } from './own-services.ts';
import { detectPm2 } from './pm2/detect.ts';
import { probePm2 } from './pm2/probe.ts';
import { detectListeners } from './process/detect.ts';
import { probeListeners } from './process/probe.ts';
import { recognise } from './recognise.ts';
import { detectTasks } from './scheduled-task/detect.ts';
import { probeTasks } from './scheduled-task/probe.ts';
import { settingsOf, settingsPath } from './settings.ts';
import { detectSystemUnits, detectUserUnits } from './systemd/detect.ts';
import { probeSystemUnits, probeUserUnits } from './systemd/probe.ts';
import { detectWindowsServices } from './windows-service/detect.ts';
import { probeWindowsServices } from './windows-service/probe.ts';

export interface DetectOptions {
  /** The kinds to look for. Default: all kinds of this system. */
  kinds?: readonly LegacyKind[];
  /** Entries to find by `kind:name`, even when they run no known daemon. */
  asked?: readonly string[];
  /** Called for each kind whose manager could not be queried. Without it, the first such error is thrown. */
  unasked?: (kind: LegacyKind, error: unknown) => void;
}

type Detector = (system: System, context: DetectionContext, asked: readonly string[]) => Promise<Candidate[]>;

/**
 * The detector of each kind, and the systems it exists on. `process` is handled after the others, because it reports
 * the listeners that no other finding explains.
 */
const detectors: Readonly<Partial<Record<LegacyKind, { on: readonly NodeJS.Platform[]; detect: Detector }>>> =
  {
    pm2: {
      on: ['linux', 'darwin', 'win32'],
      detect: async (system, context) => detectPm2(await probePm2(system), context),
    },
    'windows-service': {
      on: ['win32'],
      detect: async (system, context, asked) =>
        detectWindowsServices(await probeWindowsServices(system, context.known, asked), context, system.env),
    },
    'system-unit': {
      on: ['linux'],
      detect: async (system, context, asked) =>
        detectSystemUnits(await probeSystemUnits(system, context.known, asked), context),
    },
    'user-unit': {
      on: ['linux'],
      detect: async (system, context, asked) =>
        detectUserUnits(await probeUserUnits(system, context.known, asked), context),
    },
    'launch-daemon': { on: ['darwin'], detect: launchdJobs('launch-daemon') },
    'launch-agent': { on: ['darwin'], detect: launchdJobs('launch-agent') },
    task: {
      on: ['win32'],
      async detect(system, context, asked) {
        const tasks = await probeTasks(system, context.known, asked);
        const sid = tasks.length === 0 ? undefined : await currentSid(system.exec);
        return detectTasks(tasks, sid?.kind === 'sid' ? sid.sid : '', context);
      },
    },
    crontab: {
      on: ['linux', 'darwin'],
      detect: async (system, context) => detectCrontab(await probeCrontab(system), context),
    },
    docker: {
      on: ['linux', 'darwin', 'win32'],
      detect: async (system, context) => detectContainers(await probeDocker(system), context),
    },
  };

function launchdJobs(kind: 'launch-daemon' | 'launch-agent'): Detector {
  return async (system, context, asked) => {
    const wanted = (label: string, _path: string, job: { ProgramArguments?: unknown }) =>
      asked.includes(label) ||
      recognise(kind, label, stringsIn(job.ProgramArguments as string[]), context.known) !== undefined;
    const jobs = await probeLaunchdJobs(system, wanted);
    return detectLaunchdJobs(
      jobs.filter((job) => job.kind === kind),
      context,
    );
  };
}

const namesOf = (kind: LegacyKind, asked: readonly string[]): string[] =>
  asked.filter((id) => id.startsWith(`${kind}:`)).map((id) => id.slice(kind.length + 1));

/** The kinds that can exist on a system. */
export function kindsOn(platform: NodeJS.Platform): LegacyKind[] {
  return legacyKinds.filter((kind) => kind === 'process' || detectors[kind]?.on.includes(platform));
}

/** The candidate with the port and data directory from the daemon's own settings, where this user can read them. */
async function withSettings(files: Files, candidate: Candidate): Promise<Candidate> {
  const path = settingsPath(candidate);
  const read = path === undefined ? undefined : await files.read(path);
  if (read?.kind !== 'content') return candidate;
  const { port, dataDir } = settingsOf(read.text, candidate.home);
  const told = port === undefined ? {} : { port, portTold: true };
  return { ...candidate, ...told, dataPath: dataDir ?? candidate.dataPath };
}

/** The ports of this user's memoryd services, so that they are not reported as unknown listeners. */
async function ownPorts({ system, roots }: Pick<Machine, 'system' | 'roots'>): Promise<Set<number>> {
  const names = await serviceNames({ system, roots });
  const choices = await Promise.all(names.map((name) => readPort(system.files, servicePaths(roots, name))));
  return new Set(choices.flatMap((choice) => (choice === undefined ? [] : [choice.port])));
}

/**
 * Finds the older ways in which memory daemons are kept running here. Read-only, without admin rights; starts nothing.
 * Throws the error of a manager that does not answer, unless `unasked` is given.
 */
export async function detectLegacies(
  machine: Pick<Machine, 'system' | 'roots'>,
  options: DetectOptions = {},
): Promise<Finding[]> {
  const { system } = machine;
  const { asked = [], kinds = legacyKinds } = options;
  const known = await loadKnownDaemons(machine);
  const accounts = await probeAccounts(system);
  const context: DetectionContext = {
    known,
    user: system.user,
    asked: new Set(asked),
    homes: accounts.homes,
    people: accounts.people,
  };
  const on = kindsOn(system.platform).filter((kind) => kinds.includes(kind));
  const found = await Promise.all(
    on.map(async (kind) => {
      try {
        return (await detectors[kind]?.detect(system, context, namesOf(kind, asked))) ?? [];
      } catch (error) {
        if (options.unasked === undefined) throw error;
        options.unasked(kind, error);
        return [];
      }
    }),
  );
  const candidates = found.flat();
  if (on.includes('process')) {
    const own = await ownPorts(machine);
    const listeners = await probeListeners(system, known, accounts.names);
    const strangers = listeners.filter(({ port }) => !own.has(port));
    candidates.push(...detectListeners(strangers, candidates, context));
  }
  const { files, user } = system;
  return Promise.all(
    candidates.map(async (sighted) => {
      const one = await withListenedPort(system, await withSettings(files, sighted));
      const handling = actionBeside(one, known);
      return withData({ ...one, handling }, await probeData(files, user, one.dataPath));
    }),
  );
}
