import { join } from 'node:path';
import type { Files } from '../../system/files.ts';

/**
 * How the one elevated run of a migration on Windows and the user's own talk: by files, because what is started elevated
 * has neither our pipes nor a way to give its exit code. Each side writes to a directory of its own: an administrator who
 * wrote to the user's would follow a junction there. Each file is written whole.
 */
export interface ProtocolFiles {
  /** By the elevated run, over and over: it lives, and how far its copy is. */
  alive: string;
  /** By the elevated run: the service is stopped and its data can be read; or why not. */
  prepared: string;
  /** By the elevated run, at its very end. */
  ended: string;
}

export interface UserFiles {
  /** There while the user's run still reads what the elevated one says. */
  listening: string;
  /** What becomes of the old service. */
  verdict: string;
}

/** In the elevated run's own directory. */
export function protocolFiles(own: string): ProtocolFiles {
  const file = (name: string) => join(own, `${name}.json`);
  return { alive: file('alive'), prepared: file('prepared'), ended: file('ended') };
}

/** In a directory of the user's. */
export function userFiles(directory: string): UserFiles {
  return { listening: join(directory, 'listening.json'), verdict: join(directory, 'verdict.json') };
}

export interface AliveMessage {
  /** Counts up with every write. */
  beat: number;
  bytes: number;
}

export type PreparedMessage =
  /** `brought`: there were data, which the user's run copies now. */
  | { ok: true; wasRunning: boolean; brought: boolean }
  | { ok: false; kind: 'failed' | 'permission'; error: string; words: string | undefined };

export interface VerdictMessage {
  verdict: 'remove' | 'disable' | 'roll-back';
}

export type EndedMessage =
  | { ok: true; did: 'removed' | 'disabled' | 'rolled-back' }
  | { ok: false; kind: 'failed' | 'permission'; error: string; words: string | undefined };

/** What one of the files says; `undefined` when it is not there, or not whole. */
export async function readMessage<T>(files: Pick<Files, 'read'>, path: string): Promise<T | undefined> {
  const read = await files.read(path);
  if (read.kind !== 'content') return undefined;
  try {
    return JSON.parse(read.text) as T;
  } catch {
    return undefined;
  }
}

export function writeMessage(files: Pick<Files, 'write'>, path: string, message: object): Promise<void> {
  return files.write(path, JSON.stringify(message), 0o600);
}
