import { MemorydError } from '../errors.ts';
import type { FileObservation, Observation } from './observation.ts';
import { keepHint } from './shell-line.ts';
import type { CopyTree, ManagerStep, Plan, RemoveFile, Step, WriteFile } from './step.ts';
import type { UnitObservation } from './unit.ts';
import { unknownUnit } from './unknown-unit.ts';

/** What an install wants to be true afterwards, everything already rendered. */
export interface DesiredInstall {
  service: string;
  build: string;
  /** Private copies that must exist before the unit may name them. */
  copies: CopyTree[];
  /** Copies that nothing the unit runs needs: made once the daemon answers. */
  laterCopies: CopyTree[];
  /** Written only where nothing is: the token. */
  secrets: WriteFile[];
  /** Definition, port: what the host reads. A change needs a restart. */
  settings: WriteFile[];
  /** Rendered unit files. A change needs a new registration and a restart. */
  units: WriteFile[];
  /** Where the backend may have put unit files before, and puts none now: what is there goes. */
  formerUnits: string[];
  startAtLogin: boolean;
  verifyTimeoutMs: number;
}

const isSame = (seen: FileObservation | undefined, wanted: WriteFile): boolean =>
  seen?.kind === 'file' && seen.content === wanted.content && seen.mode === wanted.mode;

/** A link or an unreadable file in our place is somebody's decision: it is refused, never written through. */
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
    throw new MemorydError('configuration', `the unit is masked: ${unit.path}`, {
      hint: 'memoryd status',
    });
  }
}

const alive = ['running', 'starting', 'waiting', 'stopping'];

/** What puts the manager back to where it was, once the old files are back. */
function comeback(unit: UnitObservation): ManagerStep['undo'] {
  if (unit.kind !== 'registered') return ['settle'];
  return alive.includes(unit.process.kind) ? ['register', 'restart'] : ['register'];
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
  // Unknown is what a backend says where nothing starts things at login: registering again would not change that.
  const login =
    registered?.enabled === 'unknown' ||
    registered?.enabled === (desired.startAtLogin ? 'enabled' : 'disabled');
  const steps: Step[] = [];
  if (stale || !login) {
    const why =
      registered === undefined ? 'not registered' : stale ? 'the unit changed' : 'start at login changed';
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
 * What an install has to do, in order; no steps when everything is as wanted (pure).
 * Throws `configuration` or `permission` when something that is not ours stands in the way.
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
  // What was registered from a former place is ours: a unit of somebody else's has been refused by now.
  const former: RemoveFile[] = desired.formerUnits
    .filter((path) => (observed.files.get(path)?.kind ?? 'absent') !== 'absent')
    .map((path) => ({ kind: 'remove', path, why: 'the unit has moved' }));
  const units = [...desired.units.filter(differs), ...former];
  const manager = managerSteps(desired, observed, settings.length + secrets.length > 0, units.length > 0);

  const steps: Step[] = [...copies, ...secrets];
  if (manager.length > 0 || units.length > 0) {
    const { build, verifyTimeoutMs: timeoutMs } = desired;
    steps.push(
      // Undone after the old files are back, because it stands before them: what is restarted then reads them.
      { kind: 'manager', do: [], undo: comeback(observed.unit), why: 'for a rollback' },
      ...settings,
      ...units,
      ...manager,
      { kind: 'verify', build, timeoutMs, why: 'the daemon must answer' },
    );
  } else steps.push(...settings);
  steps.push(...desired.laterCopies.filter(missing));
  return { command: 'install', service: desired.service, steps, onInterrupt: 'undo' };
}
