import { join } from 'node:path';
import type { ServicePaths } from '../layout.ts';
import {
  equals,
  isBoolean,
  isInteger,
  isObject,
  isString,
  listOf,
  nullOr,
  optional,
} from '../service/state-text.ts';
import type { Files } from '../system/files.ts';
import { acquireLock } from '../system/lock.ts';
import { type State, stateFile } from './state-file.ts';

/**
 * The record of a supervisor: its identity, and how its last child ended. It is kept after the supervisor has ended.
 */
export interface SupervisorRecord {
  schema: 1;
  pid: number;
  /** The start identity of `pid`. */
  start: string | null;
  startedAt: string;
  /** The machine it runs on: a home may be shared by several (N35). Absent in files of older supervisors. */
  machine?: string | undefined;
  /** Its command line. If the unit has another one, a restart is due. */
  argv: string[];
  /** True after it has ended by itself. */
  ended: boolean;
  lastExit: { code: number | null; signal: string | null; at: string } | null;
}

type SupervisorFilePaths = Pick<ServicePaths, 'state'>;

const supervisorFile = stateFile<SupervisorFilePaths, SupervisorRecord>(
  ({ state }) => join(state, 'supervisor.json'),
  {
    schema: equals(1),
    pid: isInteger,
    start: nullOr(isString),
    startedAt: isString,
    machine: optional(isString),
    argv: listOf(isString),
    ended: isBoolean,
    lastExit: nullOr(isObject),
  },
);

/** The path of the supervisor record. */
export function supervisorPath(paths: SupervisorFilePaths): string {
  return supervisorFile.path(paths);
}

/** A lock that a supervisor holds until it ends, however it ends. */
export function supervisorLockPath({ state }: Pick<ServicePaths, 'state'>): string {
  return join(state, 'supervisor.lock');
}

/** Reads the last record of a supervisor. Never throws: `status` reports an unreadable one. */
export function observeSupervisor(
  files: Pick<Files, 'read'>,
  paths: SupervisorFilePaths,
): Promise<State<SupervisorRecord>> {
  return supervisorFile.read(files, paths);
}

/** Reads the record before an action. Throws `permission` if it cannot be read, because a supervisor may be running. */
export function readSupervisor(
  files: Pick<Files, 'read'>,
  paths: SupervisorFilePaths,
): Promise<SupervisorRecord | undefined> {
  return supervisorFile.value(files, paths);
}

/**
 * Returns the record of the supervisor that holds the lock. The lock proves that the record and the pid are its own. On
 * Windows nothing else distinguishes a running supervisor from another process with its pid (X03).
 */
export async function lockedSupervisor(
  files: Pick<Files, 'read'>,
  paths: SupervisorFilePaths,
): Promise<SupervisorRecord | undefined> {
  const word = await readSupervisor(files, paths);
  if (word === undefined || word.ended) return undefined;
  const lock = await acquireLock(supervisorLockPath(paths));
  lock?.release();
  return lock === undefined ? word : undefined;
}

/** Writes the record. Rejects if the file cannot be written. */
export function writeSupervisor(
  files: Pick<Files, 'write'>,
  paths: SupervisorFilePaths,
  file: SupervisorRecord,
): Promise<void> {
  return supervisorFile.write(files, paths, file);
}
