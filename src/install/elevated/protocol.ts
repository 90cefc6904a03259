import { join } from 'node:path';
import type { Files } from '../../system/files.ts';

/**
 * How the elevated run of a migration on Windows and the user's run communicate: by files, because an elevated process
 * inherits no pipes and its exit code cannot be read. Each side writes to its own directory: an administrator who wrote
 * to the user's directory would follow a junction there. Each file is written atomically.
 */
export interface ProtocolFiles {
  /** Written by the elevated run repeatedly: it is alive, and how much is copied. */
  alive: string;
  /** Written by the elevated run: the service is stopped and its data can be read, or the error. */
  prepared: string;
  /** Written by the elevated run at its end. */
  ended: string;
}

export interface UserFiles {
  /** Exists while the user's run still reads the messages of the elevated run. */
  listening: string;
  /** The verdict on the old service. */
  verdict: string;
}

/** Gives the paths of the files in the directory of the elevated run. */
export function protocolFiles(own: string): ProtocolFiles {
  const file = (name: string) => join(own, `${name}.json`);
  return { alive: file('alive'), prepared: file('prepared'), ended: file('ended') };
}

/** Gives the paths of the files in the user's directory. */
export function userFiles(directory: string): UserFiles {
  return { listening: join(directory, 'listening.json'), verdict: join(directory, 'verdict.json') };
}

export interface AliveMessage {
  /** Increases with every write. */
  beat: number;
  bytes: number;
}

export type PreparedMessage =
  /** `brought`: there was data, which the user's run copies now. */
  | { ok: true; wasRunning: boolean; brought: boolean }
  | { ok: false; kind: 'failed' | 'permission'; error: string; words: string | undefined };

export interface VerdictMessage {
  verdict: 'remove' | 'disable' | 'roll-back';
}

export type EndedMessage =
  | { ok: true; did: 'removed' | 'disabled' | 'rolled-back' }
  | { ok: false; kind: 'failed' | 'permission'; error: string; words: string | undefined };

/**
 * Reads a message. Gives `undefined` when the file does not exist, cannot be read or is not JSON. Unlike a state file it
 * does not keep these apart: whoever waits for a message does the same in each case, which is to read again until the
 * heartbeats stop. While one process replaces a file on Windows, another may not be able to read it.
 */
export async function readMessage<T>(files: Pick<Files, 'read'>, path: string): Promise<T | undefined> {
  const read = await files.read(path);
  if (read.kind !== 'content') return undefined;
  try {
    return JSON.parse(read.text) as T;
  } catch {
    return undefined;
  }
}

/** Writes a message atomically. Throws what writing throws. */
export function writeMessage(files: Pick<Files, 'write'>, path: string, message: object): Promise<void> {
  return files.write(path, JSON.stringify(message), 0o600);
}
