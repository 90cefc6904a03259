import { MemorydError } from '../errors.ts';
import type { UnitObservation } from './unit.ts';

/** A live process that writes what a service keeps. */
export interface Writer {
  /** `host` and `supervisor` are ours and may be the unit's own; `other` never is. */
  kind: 'host' | 'supervisor' | 'other';
  pid: number;
  /** For people: what it is, and where that is said. */
  what: string;
}

const underWay = ['starting', 'stopping', 'unknown'];

/** Whether taking the unit away also ends this process: it is the unit's, or a unit that is under way cannot tell yet. */
function isUnits(writer: Writer, unit: UnitObservation): boolean {
  if (unit.kind !== 'registered' || writer.kind === 'other') return false;
  const { process } = unit;
  if (writer.kind === 'supervisor') return process.kind !== 'stopped' && process.kind !== 'failed';
  return underWay.includes(process.kind) || (process.kind === 'running' && process.pid === writer.pid);
}

/** The writers that taking the unit away would leave running, each process once. `below` are what the unit's processes started (pure). */
export function writersLeft(
  writers: readonly Writer[],
  unit: UnitObservation,
  below: ReadonlySet<number>,
): Writer[] {
  const units = new Set(writers.filter((writer) => isUnits(writer, unit)).map(({ pid }) => pid));
  const left = writers.filter(({ pid }) => !units.has(pid) && !below.has(pid));
  return left.filter(({ pid }, index) => left.findIndex((other) => other.pid === pid) === index);
}

/** Throws `failed` while somebody still writes who would go on writing. */
export function refuseWriters(service: string, left: readonly Writer[], platform: NodeJS.Platform): void {
  if (left.length === 0) return;
  const words = left.map(({ what, pid }) => `${what} (pid ${pid})`).join(', ');
  const pids = left.map(({ pid }) => pid);
  const hint =
    platform === 'win32'
      ? `taskkill ${pids.map((pid) => `/PID ${pid}`).join(' ')}`
      : `kill ${pids.join(' ')}`;
  throw new MemorydError('failed', `"${service}" is still in use: ${words}`, { hint });
}
