import { dirname, join } from 'node:path';
import { MemorydError } from '../errors.ts';
import type { ServicePaths } from '../layout.ts';
import { equals, isInteger, isString, nullOr } from '../service/state-text.ts';
import { removeWhileEmpty } from '../system/parents.ts';
import type { System } from '../system/system.ts';
import { isSameProcess } from './identity.ts';
import { cannotRead, stateFile } from './state-file.ts';

/**
 * The record of a process of ours that writes the data of a service. It is in the state directory of the service, which
 * no variable of a session changes. It contains the start identity, so that another process with the same pid is not
 * mistaken for the writer (X03).
 */
export interface WriterRecord {
  schema: 1;
  pid: number;
  /** The start identity of `pid`; null if the system cannot tell. */
  start: string | null;
  /** A host is started by a unit; a command runs beside it. */
  role: 'host' | 'command';
  /** For display: `memoryd import`. */
  what: string;
  startedAt: string;
}

export interface RegisteredWriter extends WriterRecord {
  path: string;
}

type WritersSystem = Pick<System, 'files' | 'processes'>;
type WriterState = Pick<ServicePaths, 'state'>;

const namePattern = /^writer\.\d+\.json$/;

const recordFile = stateFile<string, WriterRecord>((path) => path, {
  schema: equals(1),
  pid: isInteger,
  start: nullOr(isString),
  role: isString,
  what: isString,
  startedAt: isString,
});

/** The records of live writers, the paths of those of ended ones, and messages for those that cannot be read. */
async function readRecords(place: WritersSystem, { state }: WriterState) {
  const names = (await place.files.list(state)).filter((name) => namePattern.test(name));
  const live: RegisteredWriter[] = [];
  const dead: string[] = [];
  const unknown: string[] = [];
  for (const path of names.map((name) => join(state, name))) {
    const record = await recordFile.read(place.files, path);
    if (record.kind === 'unreadable') unknown.push(cannotRead(record));
    else if (record.kind === 'valid' && isSameProcess(place, record.value)) {
      live.push({ ...record.value, path });
    } else dead.push(path);
  }
  return { live, dead, unknown };
}

/**
 * The registered writers that are running. Changes nothing. Throws `permission` if a record cannot be read: its writer
 * may be running.
 */
export async function registeredWriters(
  place: WritersSystem,
  paths: WriterState,
): Promise<RegisteredWriter[]> {
  const { live, unknown } = await readRecords(place, paths);
  if (unknown[0] !== undefined) throw new MemorydError('permission', unknown[0]);
  return live;
}

/**
 * Registers this process until `release`, and removes the records of ended writers. Throws if the record cannot be
 * written.
 */
export async function registerWriter(
  system: WritersSystem & Pick<System, 'clock'>,
  paths: WriterState,
  role: WriterRecord['role'],
  what: string,
): Promise<{ release(): Promise<void> }> {
  const { files, processes, clock } = system;
  for (const path of (await readRecords(system, paths)).dead) await files.remove(path);
  const path = join(paths.state, `writer.${process.pid}.json`);
  const record: WriterRecord = {
    schema: 1,
    pid: process.pid,
    start: processes.startIdentity(process.pid) ?? null,
    role,
    what,
    startedAt: clock.now().toISOString(),
  };
  await recordFile.write(files, path, record);
  return {
    async release() {
      await files.remove(path);
      // Removes empty directories of a service that was never installed.
      await removeWhileEmpty([paths.state, dirname(paths.state)]);
    },
  };
}
