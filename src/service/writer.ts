import { MemorydError } from '../errors.ts';
import type { UnitObservation } from './unit.ts';

/** A live process that writes the data of a service. */
export interface Writer {
  /**
   * `host` and `supervisor` are processes of memoryd and may belong to the unit; `other` never does. A `neighbour` is
   * not ours and keeps its data where memoryd touches nothing, such as a worker that a plugin started by itself.
   */
  kind: 'host' | 'supervisor' | 'other' | 'neighbour';
  pid: number;
  /** For people: what it is, and the file that names it. */
  what: string;
}

const underWay = ['starting', 'stopping', 'unknown'];

/**
 * Whether unregistering the unit also ends this process: it belongs to the unit, or the unit is starting or stopping
 * and cannot tell yet.
 */
function isUnits(writer: Writer, unit: UnitObservation): boolean {
  if (unit.kind !== 'registered' || (writer.kind !== 'host' && writer.kind !== 'supervisor')) return false;
  const { process } = unit;
  if (writer.kind === 'supervisor') return process.kind !== 'stopped' && process.kind !== 'failed';
  return underWay.includes(process.kind) || (process.kind === 'running' && process.pid === writer.pid);
}

/**
 * The writers that would keep running after unregistering the unit, each process once. `below` holds the child
 * processes of the unit (pure).
 */
export function writersLeft(
  writers: readonly Writer[],
  unit: UnitObservation,
  below: ReadonlySet<number>,
): Writer[] {
  const units = new Set(writers.filter((writer) => isUnits(writer, unit)).map(({ pid }) => pid));
  const left = writers.filter(({ pid }) => !units.has(pid) && !below.has(pid));
  return left.filter(({ pid }, index) => left.findIndex((other) => other.pid === pid) === index);
}

/** Throws `failed` if a process would keep writing after the uninstall. Neighbours may: see Writer. */
export function refuseWriters(service: string, all: readonly Writer[], platform: NodeJS.Platform): void {
  const left = all.filter(({ kind }) => kind !== 'neighbour');
  if (left.length === 0) return;
  const words = left.map(({ what, pid }) => `${what} (pid ${pid})`).join(', ');
  const pids = left.map(({ pid }) => pid);
  const hint =
    platform === 'win32'
      ? `taskkill ${pids.map((pid) => `/PID ${pid}`).join(' ')}`
      : `kill ${pids.join(' ')}`;
  throw new MemorydError('failed', `"${service}" is still in use: ${words}`, { hint });
}
