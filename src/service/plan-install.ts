import { MemorydError } from '../errors.ts';
import type { FileObservation, Observation } from './observation.ts';
import { keepHint } from './shell-line.ts';
import type { CopyTree, ManagerStep, Plan, RemoveFile, Step, WriteFile } from './step.ts';
import type { RegisteredUnit, UnitObservation } from './unit.ts';
import { unknownUnit } from './unknown-unit.ts';

/** The desired state after an install, with everything rendered. */
export interface DesiredInstall {
  service: string;
  build: string;
  /** Private copies that must exist before a unit may name them. */
  copies: CopyTree[];
  /** Copies that units do not need. They are made after the daemon answers. */
  laterCopies: CopyTree[];
  /** Written only if the file does not exist: the token. */
  secrets: WriteFile[];
  /** Definition and port, which the host reads. A change needs a restart. */
  settings: WriteFile[];
  /** Rendered unit files. A change needs a new registration and a restart. */
  units: WriteFile[];
  /** Paths where the backend may have put unit files before and no longer does. Existing files are removed. */
  formerUnits: string[];
  startAtLogin: boolean;
  verifyTimeoutMs: number;
}

const isSame = (seen: FileObservation | undefined, wanted: WriteFile): boolean =>
  seen?.kind === 'file' && seen.content === wanted.content && seen.mode === wanted.mode;

/**
 * Refuses a link or an unreadable file at one of our paths: the user made it, and writing would destroy its target.
 */
function refuseUnwritable(path: string, seen: FileObservation | undefined): void {
  if (seen?.kind === 'link') {
    throw new MemorydError('configuration', `${path} is a link to ${seen.target}`, {
      hint: keepHint(path),
    });
  }
  if (seen?.kind === 'unreadable') throw new MemorydError('permission', `cannot read ${path}: ${seen.why}`);
}

function refuseUnit(unit: UnitObservation): void {
  if (unit.kind === 'foreign') {
    throw new MemorydError('configuration', `${unit.path} is not ours: ${unit.reason}`);
  }
  if (unit.kind === 'unknown') {
    throw unknownUnit(unit);
  }
  if (unit.kind === 'registered' && unit.enabled === 'masked') {
    const { cure } = unit;
    const hint = cure === undefined ? {} : { hint: cure };
    throw new MemorydError('configuration', `the unit is masked: ${unit.path}`, hint);
  }
}

const alive = ['running', 'starting', 'waiting', 'stopping'];

/** The verbs that restore the state of the manager after the old files are back. */
function restorePrevious(unit: UnitObservation): ManagerStep['undo'] {
  if (unit.kind !== 'registered') return ['settle'];
  return alive.includes(unit.process.kind) ? ['register', 'restart'] : ['register'];
}

function registrationReason(registered: RegisteredUnit | undefined, stale: boolean, login: boolean): string {
  if (registered === undefined) return 'not registered';
  if (stale) return 'the unit changed';
  return login ? (registered.provisional ?? '') : 'start at login changed';
}

function managerSteps(
  desired: DesiredInstall,
  observed: Observation,
  changed: boolean,
  unitsChanged: boolean,
): Step[] {
  const { unit, answer } = observed;
  const registered = unit.kind === 'registered' ? unit : undefined;
  const up = registered !== undefined && alive.includes(registered.process.kind);
  const serves = up && answer.kind === 'live' && answer.build === desired.build;
  const stale = unitsChanged || registered === undefined || registered.needsReload;
  // A backend reports `unknown` if nothing starts services at login. Registering again would not change that.
  const login =
    registered?.enabled === 'unknown' ||
    registered?.enabled === (desired.startAtLogin ? 'enabled' : 'disabled');
  const steps: Step[] = [];
  if (stale || !login || registered?.provisional !== undefined) {
    const why = registrationReason(registered, stale, login);
    steps.push({
      kind: 'manager',
      do: ['register'],
      undo: registered === undefined ? ['unregister'] : [],
      why,
    });
  }
  if (!up) steps.push({ kind: 'manager', do: ['start'], undo: ['stop'], why: 'not running' });
  else if (stale || changed || !serves) {
    const why = serves ? 'it runs with the old settings' : 'it runs another build or does not answer';
    steps.push({ kind: 'manager', do: ['restart'], undo: [], why });
  }
  return steps;
}

/**
 * The steps of an install, in order; none if nothing has to change (pure). Throws `configuration` or `permission` if
 * something that memoryd did not write is in the way.
 */
export function planInstall(desired: DesiredInstall, observed: Observation): Plan {
  refuseUnit(observed.unit);
  const written = [...desired.secrets, ...desired.settings, ...desired.units].map(({ path }) => path);
  for (const path of [...written, ...desired.formerUnits]) refuseUnwritable(path, observed.files.get(path));
  const differs = (file: WriteFile) => !isSame(observed.files.get(file.path), file);
  const missing = (copy: CopyTree) => !observed.copies.has(copy.to);
  const copies = desired.copies.filter(missing);
  const secrets = desired.secrets.filter((file) => observed.files.get(file.path)?.kind !== 'file');
  const settings = desired.settings.filter(differs);
  // A unit at a former path is ours: a unit of another origin has been refused above.
  const former: RemoveFile[] = desired.formerUnits
    .filter((path) => (observed.files.get(path)?.kind ?? 'absent') !== 'absent')
    .map((path) => ({ kind: 'remove', path, why: 'the unit has moved' }));
  const units = [...desired.units.filter(differs), ...former];
  const manager = managerSteps(desired, observed, settings.length + secrets.length > 0, units.length > 0);

  const steps: Step[] = [...copies, ...secrets];
  if (manager.length > 0 || units.length > 0) {
    const { build, verifyTimeoutMs: timeoutMs } = desired;
    steps.push(
      // This step is first, so it is undone last: the restart then reads the restored files.
      { kind: 'manager', do: [], undo: restorePrevious(observed.unit), why: 'for a rollback' },
      ...settings,
      ...units,
      ...manager,
      { kind: 'verify', build, timeoutMs, why: 'the daemon must answer' },
    );
  } else steps.push(...settings);
  steps.push(...desired.laterCopies.filter(missing));
  return { command: 'install', service: desired.service, steps, onInterrupt: 'undo' };
}
