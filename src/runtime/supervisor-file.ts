import { join } from 'node:path';
import type { ServicePaths } from '../layout.ts';
import { equals, isBoolean, isInteger, isObject, isString, listOf, nullOr } from '../service/state-text.ts';
import type { Files } from '../system/files.ts';
import { acquireLock } from '../system/lock.ts';
import { type State, stateFile } from './state-file.ts';

/** What a supervisor of ours leaves word of: who it is, and how its child last ended. It stays when the supervisor goes. */
export interface SupervisorRecord {
  schema: 1;
  pid: number;
  /** Start identity of `pid`. */
  start: string | null;
  startedAt: string;
  /** What it was started as: another argv in the unit means that a restart is due. */
  argv: string[];
  /** True once it has ended by itself. */
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
    argv: listOf(isString),
    ended: isBoolean,
    lastExit: nullOr(isObject),
  },
);

export function supervisorPath(paths: SupervisorFilePaths): string {
  return supervisorFile.path(paths);
}

/** Held by a supervisor for as long as it lives, however it dies. */
export function supervisorLockPath({ state }: Pick<ServicePaths, 'state'>): string {
  return join(state, 'supervisor.lock');
}

/** What a supervisor wrote last. Never throws: `status` says what cannot be read. */
export function observeSupervisor(
  files: Pick<Files, 'read'>,
  paths: SupervisorFilePaths,
): Promise<State<SupervisorRecord>> {
  return supervisorFile.read(files, paths);
}

/** The same for whoever acts on it: throws `permission` when it cannot be read, since a supervisor may be running. */
export function readSupervisor(
  files: Pick<Files, 'read'>,
  paths: SupervisorFilePaths,
): Promise<SupervisorRecord | undefined> {
  return supervisorFile.value(files, paths);
}

/**
 * The supervisor that holds the lock: the word is its own, and so the pid is. On Windows nothing else tells a living
 * supervisor from whoever got its pid (X03).
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

export function writeSupervisor(
  files: Pick<Files, 'write'>,
  paths: SupervisorFilePaths,
  file: SupervisorRecord,
): Promise<void> {
  return supervisorFile.write(files, paths, file);
}
