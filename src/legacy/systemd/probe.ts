import { posix } from 'node:path';
import {
  configHome,
  dropInDirectories,
  systemUnitPath,
  unitDirectory,
  userUnitPath,
} from '../../platform/systemd/names.ts';
import { type Properties, parseShow, readUnit } from '../../platform/systemd/parse.ts';
import { runForManager, runtimeDirectory } from '../../platform/systemd/systemctl.ts';
import type { Files, ReadResult } from '../../system/files.ts';
import type { System } from '../../system/system.ts';
import type { RunState, StartState } from '../finding.ts';
import { type KnownDaemon, tellingWords } from '../known-daemons.ts';
import { specifiersFor, type UnitFacts, type UnitKind } from './detect.ts';
import { readServiceUnit } from './parse-unit.ts';

const properties =
  'Id,LoadState,ActiveState,SubState,MainPID,FragmentPath,UnitFileState,NeedDaemonReload,TriggeredBy';
const ours = '# memoryd: unit of the service';

/** `text` is undefined when this user cannot read the file. */
interface FoundUnitFile {
  name: string;
  path: string;
  text: string | undefined;
}

/**
 * A pattern of words of which every relevant unit has one. Hundreds of other units are skipped without parsing them.
 */
function tellingPattern(known: readonly KnownDaemon[], asked: readonly string[]): RegExp {
  const all = [...known.flatMap(tellingWords), ...asked].map((word) => word.replace(/[^\w]/g, '\\$&'));
  return new RegExp(all.join('|'));
}

async function candidates(
  files: Files,
  directories: readonly string[],
  names: ReadonlySet<string>,
  telling: RegExp,
): Promise<FoundUnitFile[]> {
  const found = new Map<string, FoundUnitFile>();
  for (const directory of directories) {
    for (const name of await listOrNone(files, directory)) {
      if (!name.endsWith('.service') || name.endsWith('@.service') || found.has(name)) continue;
      const path = posix.join(directory, name);
      // A link in a unit directory is an alias or a mask. The unit itself is found in the directory the link leads to.
      if ((await files.inspect(path)).kind !== 'file') continue;
      const read = await files.read(path);
      const text = read.kind === 'content' ? read.text : undefined;
      const counts = names.has(name) || (text !== undefined && telling.test(text));
      if (read.kind === 'absent' || text?.startsWith(ours) || !counts) continue;
      found.set(name, { name, path, text });
    }
  }
  return [...found.values()];
}

async function listOrNone(files: Files, directory: string): Promise<string[]> {
  return (await files.inspect(directory)).kind === 'directory' ? files.list(directory) : [];
}

/**
 * The texts of a unit's drop-ins, which can change its command. systemd reads them sorted by file name, across all
 * directories.
 */
async function dropInTexts(files: Files, directories: readonly string[], unit: string): Promise<string[]> {
  const places = directories.flatMap((directory) =>
    dropInDirectories(unit).map((name) => posix.join(directory, name)),
  );
  const found = new Map<string, string>();
  for (const place of places) {
    for (const name of await listOrNone(files, place)) {
      if (name.endsWith('.conf') && !found.has(name)) found.set(name, posix.join(place, name));
    }
  }
  const paths = [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
  const read = await Promise.all(paths.map((path) => files.read(path)));
  return read.flatMap((one) => (one.kind === 'content' ? [one.text] : []));
}

type ReadFiles = readonly (readonly [path: string, read: ReadResult])[];

const contentsOf = (read: ReadFiles): Map<string, string> =>
  new Map(read.flatMap(([path, one]) => (one.kind === 'content' ? [[path, one.text]] : [])));

const closedIn = (read: ReadFiles): string[] =>
  read.flatMap(([path, one]) => (one.kind === 'unreadable' ? [path] : []));

function statesOf(shown: Properties | undefined): { run: RunState; starts: StartState; triggers: string[] } {
  const unit = shown === undefined ? undefined : readUnit(shown);
  if (shown === undefined || unit === undefined) {
    return { run: { kind: 'unknown', why: 'systemd does not answer' }, starts: 'unknown', triggers: [] };
  }
  const pid = Number(shown.get('MainPID'));
  const active = shown.get('ActiveState') ?? '';
  const down = active === 'inactive' || active === 'failed';
  const triggers = (shown.get('TriggeredBy') ?? '').split(' ').filter(Boolean);
  return {
    run: down ? { kind: 'stopped' } : pid > 0 ? { kind: 'running', pid } : { kind: 'running' },
    starts:
      unit.enabled === 'enabled' || triggers.length > 0
        ? 'enabled'
        : unit.enabled === 'unknown'
          ? 'unknown'
          : 'disabled',
    triggers,
  };
}

async function factsOf(
  system: System,
  kind: UnitKind,
  directories: readonly string[],
  units: readonly FoundUnitFile[],
): Promise<UnitFacts[]> {
  if (units.length === 0) return [];
  const { files, user } = system;
  const scope = kind === 'user-unit' ? ['--user'] : [];
  const names = units.map(({ name }) => name);
  const result = await runForManager(system, [
    'systemctl',
    ...scope,
    'show',
    ...names,
    `--property=${properties}`,
  ]);
  const shown = result.kind === 'exited' && result.code === 0 ? parseShow(result.stdout) : [];
  return Promise.all(
    units.map(async ({ name, path, text }): Promise<UnitFacts> => {
      const texts = [text ?? '', ...(await dropInTexts(files, directories, name))];
      const { environmentFiles } = readServiceUnit(texts, specifiersFor(kind, name, user));
      const read = await Promise.all(
        environmentFiles.map(async (one) => [one, await files.read(one)] as const),
      );
      const closed = [...(text === undefined ? [path] : []), ...closedIn(read)];
      const states = statesOf(shown.find((unit) => unit.get('Id') === name));
      return { name, path, texts, environmentFiles: contentsOf(read), closed, ...states };
    }),
  );
}

/** Reads the system units that may be memory daemons. Runs systemctl at most once. */
export async function probeSystemUnits(
  system: System,
  known: readonly KnownDaemon[],
  asked: readonly string[],
): Promise<UnitFacts[]> {
  const names = new Set([...known.flatMap((daemon) => daemon.names['system-unit'] ?? []), ...asked]);
  // On merged systems /lib and /usr/lib are the same directory. The first directory that has a name is used.
  const units = await candidates(system.files, systemUnitPath, names, tellingPattern(known, asked));
  return factsOf(system, 'system-unit', systemUnitPath, units);
}

/** Reads the user units that may be memory daemons, without those that memoryd wrote. */
export async function probeUserUnits(
  system: System,
  known: readonly KnownDaemon[],
  asked: readonly string[],
): Promise<UnitFacts[]> {
  const { env, user } = system;
  const names = new Set([...known.flatMap((daemon) => daemon.names['user-unit'] ?? []), ...asked]);
  const own = unitDirectory(configHome(env, user));
  const directories = userUnitPath(own, await runtimeDirectory(system), user.home);
  const units = await candidates(system.files, directories, names, tellingPattern(known, asked));
  return factsOf(system, 'user-unit', directories, units);
}
