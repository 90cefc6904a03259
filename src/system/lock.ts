import { closeSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf, MemorydError, messageOf } from '../errors.ts';
import { systemClock } from './clock.ts';
import { makeDirectory } from './make-directory.ts';

/** A lock held by this process. The kernel releases it when the process ends, however it ends. */
export interface Lock {
  /** May be called twice. */
  release(): void;
}

/** Loaded on demand, so that processes without locks do not load it. */
const sqlite = () => process.getBuiltinModule('node:sqlite');

const retryMs = 25;
const busy = 5;

/**
 * Creates the file without opening an existing one: closing any descriptor of it would drop a lock that this process
 * holds on it. fcntl(2)
 */
function ensureFile(path: string): void {
  makeDirectory(dirname(path), 0o700);
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
    // Nothing is ever written: the file stays empty and has no journal beside it.
    database.exec('PRAGMA journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    const code = (error as { errcode?: number }).errcode;
    if (code !== undefined && (code & 0xff) === busy) return undefined;
    throw error;
  }
  // The file was removed before we locked it, so this lock excludes no one.
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
 * Takes the lock at `path`, and creates the empty file if it does not exist. Returns `undefined` if the lock is still
 * held after `waitMs`. It works between processes and within one. There are no stale locks: see
 * docs/decisions/0002-locks.md. Throws `failed` if the file system cannot lock or the file cannot be created.
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
