import { dirname, join } from 'node:path';
import { MemorydError } from '../errors.ts';
import type { ServicePaths } from '../layout.ts';
import { equals, isInteger, isString, nullOr } from '../service/state-text.ts';
import { removeWhileEmpty } from '../system/parents.ts';
import type { System } from '../system/system.ts';
import { isSameProcess } from './identity.ts';
import { cannotRead, stateFile } from './state-file.ts';

/**
 * Every process of ours that writes what a service keeps says so in the service's state directory, which no variable of
 * a session moves. Its start identity goes with it, so that a pid that is somebody else's by now is not taken for it (X03).
 */
export interface WriterRecord {
  schema: 1;
  pid: number;
  /** Which run of `pid`; null where the system cannot tell. */
  start: string | null;
  /** A host is what a unit runs; a command of ours works beside it. */
  role: 'host' | 'command';
  /** For people: `memoryd import`. */
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

/** Records of live writers, the paths of those left by dead ones, and what is said of those that cannot be read. */
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

/** Who has registered and lives. Changes nothing. Throws `permission` when a record cannot be read: its writer may live. */
export async function registeredWriters(
  place: WritersSystem,
  paths: WriterState,
): Promise<RegisteredWriter[]> {
  const { live, unknown } = await readRecords(place, paths);
  if (unknown[0] !== undefined) throw new MemorydError('permission', unknown[0]);
  return live;
}

/** Registers this process until `release`, in place of what dead ones left. Throws when the state cannot be written. */
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
      // Of a service that was never installed nothing stays.
      await removeWhileEmpty([paths.state, dirname(paths.state)]);
    },
  };
}
