import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf, MemorydError, messageOf } from '../errors.ts';
import { systemClock } from './clock.ts';

/** A lock this process holds. The kernel takes it back when the process dies, however it dies. */
export interface Lock {
  /** Safe to call twice. */
  release(): void;
}

/** Not imported above: nobody who locks nothing should load it. */
const sqlite = () => process.getBuiltinModule('node:sqlite');

const retryMs = 25;
const busy = 5;

/** Makes the file without ever opening one that is there: closing any descriptor of it would drop a lock this process holds on it. fcntl(2) */
function ensureFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

const inode = (path: string) => statSync(path, { throwIfNoEntry: false })?.ino;

async function attempt(path: string): Promise<Lock | undefined> {
  const { DatabaseSync } = sqlite();
  ensureFile(path);
  const before = inode(path);
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // Nothing is ever written: the file stays empty, no journal lies beside it, and the lock is all it is for.
    database.exec('PRAGMA journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    const code = (error as { errcode?: number }).errcode;
    if (code !== undefined && (code & 0xff) === busy) return undefined;
    throw error;
  }
  // Somebody removed the file before we locked it: what we hold excludes nobody.
  if (before === undefined || inode(path) !== before) {
    database.close();
    return undefined;
  }
  return {
    release() {
      if (database.isOpen) database.close();
    },
  };
}

/**
 * Takes the lock at `path`, making the (empty) file when it is absent; `undefined` when another process still holds it
 * after `waitMs`. Between processes and within one. There is no stale lock: see docs/decisions/0002-locks.md.
 * Throws `failed` when the file system cannot lock or the file cannot be made.
 */
export async function acquireLock(path: string, { waitMs = 0 } = {}): Promise<Lock | undefined> {
  const end = systemClock.monotonic() + waitMs;
  for (;;) {
    let lock: Lock | undefined;
    try {
      lock = await attempt(path);
    } catch (error) {
      throw new MemorydError('failed', `cannot lock ${path}: ${messageOf(error)}`, { cause: error });
    }
    if (lock !== undefined) return lock;
    if (systemClock.monotonic() >= end) return undefined;
    await delay(Math.min(retryMs, Math.max(1, end - systemClock.monotonic())));
  }
}
