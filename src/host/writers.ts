import { dirname, join } from 'node:path';
import type { ServicePaths } from '../layout.ts';
import { removeWhileEmpty } from '../system/parents.ts';
import type { System } from '../system/system.ts';
import { isSameProcess } from './identity.ts';

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

type Place = Pick<System, 'files' | 'processes'>;
type State = Pick<ServicePaths, 'state'>;

const namePattern = /^writer\.\d+\.json$/;

async function readRecord({ files }: Place, path: string): Promise<WriterRecord | undefined> {
  const read = await files.read(path);
  if (read.kind !== 'content') return undefined;
  try {
    const value = JSON.parse(read.text) as Partial<WriterRecord> | null;
    const whole = value?.schema === 1 && Number.isInteger(value.pid) && typeof value.what === 'string';
    return whole && value.start !== undefined ? (value as WriterRecord) : undefined;
  } catch {
    return undefined;
  }
}

/** Records of live writers, and the paths of those left by dead ones. */
async function survey(place: Place, { state }: State) {
  const names = (await place.files.list(state)).filter((name) => namePattern.test(name));
  const live: RegisteredWriter[] = [];
  const dead: string[] = [];
  for (const path of names.map((name) => join(state, name))) {
    const record = await readRecord(place, path);
    if (record !== undefined && isSameProcess(place, record)) live.push({ ...record, path });
    else dead.push(path);
  }
  return { live, dead };
}

/** Who has registered and lives. Changes nothing. */
export async function registeredWriters(place: Place, paths: State): Promise<RegisteredWriter[]> {
  return (await survey(place, paths)).live;
}

/** Registers this process until `release`, in place of what dead ones left. Throws when the state cannot be written. */
export async function registerWriter(
  system: Place & Pick<System, 'clock'>,
  paths: State,
  role: WriterRecord['role'],
  what: string,
): Promise<{ release(): Promise<void> }> {
  const { files, processes, clock } = system;
  for (const path of (await survey(system, paths)).dead) await files.remove(path);
  const path = join(paths.state, `writer.${process.pid}.json`);
  const record: WriterRecord = {
    schema: 1,
    pid: process.pid,
    start: processes.startIdentity(process.pid) ?? null,
    role,
    what,
    startedAt: clock.now().toISOString(),
  };
  await files.write(path, `${JSON.stringify(record)}\n`, 0o600);
  return {
    async release() {
      await files.remove(path);
      // Of a service that was never installed nothing stays.
      await removeWhileEmpty([paths.state, dirname(paths.state)]);
    },
  };
}
