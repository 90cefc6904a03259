import { join } from 'node:path';
import type { ServicePaths } from '../layout.ts';
import type { Files } from '../system/files.ts';
import { acquireLock } from '../system/lock.ts';

/** What a supervisor of ours leaves word of: who it is, and how its child last ended. It stays when the supervisor goes. */
export interface SupervisorFile {
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

export function supervisorPath({ state }: Pick<ServicePaths, 'state'>): string {
  return join(state, 'supervisor.json');
}

/** Held by a supervisor for as long as it lives, however it dies. */
export function supervisorLockPath({ state }: Pick<ServicePaths, 'state'>): string {
  return join(state, 'supervisor.lock');
}

export async function readSupervisor(
  files: Pick<Files, 'read'>,
  paths: Pick<ServicePaths, 'state'>,
): Promise<SupervisorFile | undefined> {
  const read = await files.read(supervisorPath(paths));
  if (read.kind !== 'content') return undefined;
  try {
    const value = JSON.parse(read.text) as Partial<SupervisorFile> | null;
    const whole = value?.schema === 1 && Number.isInteger(value.pid) && Array.isArray(value.argv);
    return whole ? (value as SupervisorFile) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The supervisor that holds the lock: the word is its own, and so the pid is. On Windows nothing else tells a living
 * supervisor from whoever got its pid (X03).
 */
export async function lockedSupervisor(
  files: Pick<Files, 'read'>,
  paths: Pick<ServicePaths, 'state'>,
): Promise<SupervisorFile | undefined> {
  const word = await readSupervisor(files, paths);
  if (word === undefined || word.ended) return undefined;
  const lock = await acquireLock(supervisorLockPath(paths));
  lock?.release();
  return lock === undefined ? word : undefined;
}

export async function writeSupervisor(
  files: Pick<Files, 'write'>,
  paths: Pick<ServicePaths, 'state'>,
  file: SupervisorFile,
): Promise<void> {
  await files.write(supervisorPath(paths), `${JSON.stringify(file)}\n`, 0o600);
}
