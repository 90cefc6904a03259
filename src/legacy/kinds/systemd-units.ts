import { posix } from 'node:path';
import type { AdminNeed, RunState, StartState } from '../finding.ts';
import { handlingOf, type Lookout, recogniseEntry, type Sighting } from '../lookout.ts';
import { readEnvironmentFile, readServiceUnit } from '../read/unit-file.ts';

/** One service unit as it lies on disk, drop-ins after it, and what its manager says. */
export interface UnitFacts {
  name: string;
  path: string;
  texts: readonly string[];
  /** By path, of those that could be read. */
  environmentFiles: ReadonlyMap<string, string>;
  run: RunState;
  starts: StartState;
  /** Sockets, timers and paths that start it: `TriggeredBy=`. */
  triggers: readonly string[];
}

/** `%h` and the like, as the manager of the unit would fill them in. systemd.unit(5), SPECIFIERS */
export function specifiersFor(name: string, home: string | undefined, user: string): Record<string, string> {
  const id = name.replace(/\.service$/, '');
  const [prefix = id, instance = ''] = id.split('@');
  return {
    n: name,
    N: id,
    p: prefix,
    i: instance,
    I: instance,
    u: user,
    ...(home === undefined ? {} : { h: home }),
  };
}

function environmentOf(facts: UnitFacts, files: readonly string[], own: Record<string, string>) {
  const read = files.map((file) =>
    readEnvironmentFile(facts.environmentFiles.get(file.replace(/^-/, '')) ?? ''),
  );
  return Object.assign({}, own, ...read) as Record<string, string>;
}

const unreadable = (facts: UnitFacts, files: readonly string[]): string[] =>
  files.filter((file) => !file.startsWith('-') && !facts.environmentFiles.has(file));

function needsOf(facts: UnitFacts): AdminNeed[] {
  return [
    { what: `stop ${facts.name}`, why: 'it belongs to the whole machine' },
    { what: `disable ${facts.name} and remove ${facts.path}`, why: `${posix.dirname(facts.path)} is root's` },
  ];
}

function sighting(kind: 'system-unit' | 'user-unit', facts: UnitFacts, lookout: Lookout): Sighting[] {
  const { user, homes } = lookout;
  const system = kind === 'system-unit';
  const manager = system ? 'root' : user.name;
  const home = system ? '/root' : user.home;
  // %h is the home of the manager's user, whatever User= says.
  const unit = readServiceUnit(facts.texts, specifiersFor(facts.name, home, manager));
  const runsAs = (system ? unit.user : undefined) ?? manager;
  const known = recogniseEntry(
    kind,
    {
      name: facts.name,
      command: unit.command,
      runsAs,
      environment: environmentOf(facts, unit.environmentFiles, unit.environment),
      workingDirectory: unit.workingDirectory,
    },
    { ...lookout, homes: system ? homes : new Map([[user.name, user.home]]) },
  );
  if (known === undefined) return [];
  const missing = unreadable(facts, unit.environmentFiles);
  return [
    {
      kind,
      ...known,
      path: facts.path,
      triggers: [...facts.triggers],
      starts: facts.starts,
      run: facts.run,
      definedIn: [facts.path],
      notes: missing.map((file) => `its environment file ${file} cannot be read`),
      needsAdmin: system ? needsOf(facts) : [],
      handling: handlingOf(runsAs, lookout),
    },
  ];
}

/** Units of the whole machine that run a memory daemon (pure). */
export function detectSystemUnits(units: readonly UnitFacts[], lookout: Lookout): Sighting[] {
  return units.flatMap((unit) => sighting('system-unit', unit, lookout));
}

/** Units of this user that run one and that memoryd did not write (pure). */
export function detectUserUnits(units: readonly UnitFacts[], lookout: Lookout): Sighting[] {
  return units.flatMap((unit) => sighting('user-unit', unit, lookout));
}
