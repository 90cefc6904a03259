import { posix } from 'node:path';
import type { User } from '../../system/system.ts';
import { actionFor, type Candidate, type DetectionContext, recogniseEntry } from '../detection-context.ts';
import type { AdminNeed, LegacyAction, RunState, StartState } from '../finding.ts';
import { readServiceUnit } from './parse-unit.ts';

/** One service unit with its drop-ins, and its state in the manager. */
export interface UnitFacts {
  name: string;
  path: string;
  texts: readonly string[];
  /** The text of each readable environment file, by path. */
  environmentFiles: ReadonlyMap<string, string>;
  /** Files of its configuration that only root can read. */
  closed: readonly string[];
  run: RunState;
  starts: StartState;
  /** The sockets, timers and paths that start it: `TriggeredBy=`. */
  triggers: readonly string[];
}

export type UnitKind = 'system-unit' | 'user-unit';

/**
 * Gives the values of specifiers such as `%h` as the unit's manager expands them. The home is that of the manager's
 * user, whatever `User=` is. systemd.unit(5), SPECIFIERS
 */
export function specifiersFor(kind: UnitKind, name: string, user: User): Record<string, string> {
  const id = name.replace(/\.service$/, '');
  const [prefix = id, instance = ''] = id.split('@');
  const manager = kind === 'system-unit' ? { u: 'root', h: '/root' } : { u: user.name, h: user.home };
  return { n: name, N: id, p: prefix, i: instance, I: instance, ...manager };
}

function needsOf({ name, path, closed }: UnitFacts): AdminNeed[] {
  return [
    { what: `stop ${name}`, why: 'it belongs to the whole machine' },
    { what: `disable ${name} and remove ${path}`, why: `${posix.dirname(path)} is root's` },
    ...closed.map((file) => ({ what: `read ${file}`, why: 'it holds what the daemon runs with' })),
  ];
}

function unitAction({ path, closed }: UnitFacts, runsAs: string, context: DetectionContext): LegacyAction {
  if (!closed.includes(path)) return actionFor(runsAs, context);
  return {
    kind: 'report',
    why: 'only root can read its unit file',
    commands: [['sudo', 'chmod', 'a+r', path]],
  };
}

function candidate(kind: UnitKind, facts: UnitFacts, context: DetectionContext): Candidate[] {
  const { user, homes } = context;
  const system = kind === 'system-unit';
  const specifiers = specifiersFor(kind, facts.name, user);
  const unit = readServiceUnit(facts.texts, specifiers, facts.environmentFiles);
  const runsAs = system ? (unit.user ?? 'root') : user.name;
  const known = recogniseEntry(
    kind,
    {
      name: facts.name,
      command: unit.command,
      runsAs,
      environment: unit.environment,
      workingDirectory: unit.workingDirectory,
    },
    { ...context, homes: system ? homes : new Map([[user.name, user.home]]) },
  );
  if (known === undefined) return [];
  return [
    {
      kind,
      ...known,
      path: facts.path,
      triggers: [...facts.triggers],
      closed: [...facts.closed],
      starts: facts.starts,
      run: facts.run,
      definedIn: [facts.path],
      notes: facts.closed.map((file) => `only root can read ${file}, which it needs: use --sudo`),
      needsAdmin: system ? needsOf(facts) : [],
      handling: unitAction(facts, runsAs, context),
    },
  ];
}

/** Finds system units that run a memory daemon (pure). */
export function detectSystemUnits(units: readonly UnitFacts[], context: DetectionContext): Candidate[] {
  return units.flatMap((unit) => candidate('system-unit', unit, context));
}

/** Finds units of this user that run a memory daemon and that memoryd did not write (pure). */
export function detectUserUnits(units: readonly UnitFacts[], context: DetectionContext): Candidate[] {
  return units.flatMap((unit) => candidate('user-unit', unit, context));
}
