import { readPort } from '../host/port-file.ts';
import type { Machine } from '../install/change.ts';
import { serviceNames } from '../install/list.ts';
import { servicePaths } from '../layout.ts';
import type { Files } from '../system/files.ts';
import { currentSid } from '../system/sid.ts';
import type { System } from '../system/system.ts';
import { handlingBeside } from './defined.ts';
import { type Finding, type LegacyKind, legacyKinds } from './finding.ts';
import { detectCrontab } from './kinds/crontab.ts';
import { detectContainers } from './kinds/docker.ts';
import { detectLaunchdJobs } from './kinds/launchd-jobs.ts';
import { detectPm2 } from './kinds/pm2.ts';
import { detectListeners } from './kinds/processes.ts';
import { detectSystemUnits, detectUserUnits } from './kinds/systemd-units.ts';
import { detectTasks } from './kinds/tasks.ts';
import { detectWindowsServices } from './kinds/windows-services.ts';
import { loadKnown } from './known.ts';
import { type Lookout, type Sighting, withData } from './lookout.ts';
import { probeAccounts } from './probe/accounts.ts';
import { probeCrontab } from './probe/crontab.ts';
import { probeData } from './probe/data.ts';
import { probeDocker } from './probe/docker.ts';
import { probeLaunchdJobs } from './probe/launchd-jobs.ts';
import { probePm2 } from './probe/pm2.ts';
import { probeListeners } from './probe/processes.ts';
import { probeSystemUnits, probeUserUnits } from './probe/systemd-units.ts';
import { probeTasks } from './probe/tasks.ts';
import { probeWindowsServices } from './probe/windows-services.ts';
import { stringsIn } from './read/plist.ts';
import { recognise } from './recognise.ts';
import { settingsOf, settingsPath } from './settings.ts';

export interface DetectOptions {
  /** Only these kinds; all of this system's by default. */
  kinds?: readonly LegacyKind[];
  /** `kind:name` of entries to find even when what they run is no known daemon. */
  asked?: readonly string[];
  /** Told of kinds that could not be asked; without it the first of them is thrown. */
  unasked?: (kind: LegacyKind, error: unknown) => void;
}

type Detector = (system: System, lookout: Lookout, asked: readonly string[]) => Promise<Sighting[]>;

/** Each kind, where it can be. `process` comes after the others: it is what they leave unexplained. */
const detectors: Readonly<Partial<Record<LegacyKind, { on: readonly NodeJS.Platform[]; detect: Detector }>>> =
  {
    pm2: {
      on: ['linux', 'darwin', 'win32'],
      detect: async (system, lookout) => detectPm2(await probePm2(system), lookout),
    },
    'windows-service': {
      on: ['win32'],
      detect: async (system, lookout, asked) =>
        detectWindowsServices(await probeWindowsServices(system, lookout.known, asked), lookout, system.env),
    },
    'system-unit': {
      on: ['linux'],
      detect: async (system, lookout, asked) =>
        detectSystemUnits(await probeSystemUnits(system, lookout.known, asked), lookout),
    },
    'user-unit': {
      on: ['linux'],
      detect: async (system, lookout, asked) =>
        detectUserUnits(await probeUserUnits(system, lookout.known, asked), lookout),
    },
    'launch-daemon': { on: ['darwin'], detect: launchdJobs('launch-daemon') },
    'launch-agent': { on: ['darwin'], detect: launchdJobs('launch-agent') },
    task: {
      on: ['win32'],
      async detect(system, lookout, asked) {
        const tasks = await probeTasks(system, lookout.known, asked);
        const sid = tasks.length === 0 ? undefined : await currentSid(system.exec);
        return detectTasks(tasks, sid?.kind === 'sid' ? sid.sid : '', lookout);
      },
    },
    crontab: {
      on: ['linux', 'darwin'],
      detect: async (system, lookout) => detectCrontab(await probeCrontab(system), lookout),
    },
    docker: {
      on: ['linux', 'darwin', 'win32'],
      detect: async (system, lookout) => detectContainers(await probeDocker(system), lookout),
    },
  };

function launchdJobs(kind: 'launch-daemon' | 'launch-agent'): Detector {
  return async (system, lookout, asked) => {
    const wanted = (label: string, _path: string, job: { ProgramArguments?: unknown }) =>
      asked.includes(label) ||
      recognise(kind, label, stringsIn(job.ProgramArguments as string[]), lookout.known) !== undefined;
    const jobs = await probeLaunchdJobs(system, wanted);
    return detectLaunchdJobs(
      jobs.filter((job) => job.kind === kind),
      lookout,
    );
  };
}

const namesOf = (kind: LegacyKind, asked: readonly string[]): string[] =>
  asked.filter((id) => id.startsWith(`${kind}:`)).map((id) => id.slice(kind.length + 1));

/** The kinds that can be on a system. */
export function kindsOn(platform: NodeJS.Platform): LegacyKind[] {
  return legacyKinds.filter((kind) => kind === 'process' || detectors[kind]?.on.includes(platform));
}

/** The port and directory that the daemon's own settings say, where this user may read them. */
async function withSettings(files: Files, sighting: Sighting): Promise<Sighting> {
  const path = settingsPath(sighting);
  const read = path === undefined ? undefined : await files.read(path);
  if (read?.kind !== 'content') return sighting;
  const { port, dataDir } = settingsOf(read.text, sighting.home);
  return { ...sighting, port: port ?? sighting.port, dataPath: dataDir ?? sighting.dataPath };
}

/** Ports that services of ours have: who listens there is no stranger. */
async function ownPorts({ system, roots }: Pick<Machine, 'system' | 'roots'>): Promise<Set<number>> {
  const names = await serviceNames({ system, roots });
  const choices = await Promise.all(names.map((name) => readPort(system.files, servicePaths(roots, name))));
  return new Set(choices.flatMap((choice) => (choice === undefined ? [] : [choice.port])));
}

/**
 * Finds older ways that memory daemons are kept running here. Read-only, without admin rights; starts nothing.
 * Throws what a manager that does not answer throws, unless `unasked` takes it.
 */
export async function detectLegacies(
  machine: Pick<Machine, 'system' | 'roots'>,
  options: DetectOptions = {},
): Promise<Finding[]> {
  const { system } = machine;
  const { asked = [], kinds = legacyKinds } = options;
  const known = await loadKnown(machine);
  const accounts = await probeAccounts(system);
  const lookout: Lookout = {
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
        return (await detectors[kind]?.detect(system, lookout, namesOf(kind, asked))) ?? [];
      } catch (error) {
        if (options.unasked === undefined) throw error;
        options.unasked(kind, error);
        return [];
      }
    }),
  );
  const sightings = found.flat();
  if (on.includes('process')) {
    const own = await ownPorts(machine);
    const listeners = await probeListeners(system, known, accounts.names);
    const strangers = listeners.filter(({ port }) => !own.has(port));
    sightings.push(...detectListeners(strangers, sightings, lookout));
  }
  const { files, user } = system;
  return Promise.all(
    sightings.map(async (sighted) => {
      const one = await withSettings(files, sighted);
      const handling = handlingBeside(one, known);
      return withData({ ...one, handling }, await probeData(files, user, one.dataPath));
    }),
  );
}
