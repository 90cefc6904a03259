import { join } from 'node:path';
import { mneme } from './known-daemons.ts';

/** What claude-mneme's server reads from its own file. Everything may be missing, and nothing in it is checked there. */
export interface MnemeSettings {
  port: number | undefined;
  /** Absolute. Its projects are in `projects` below it. */
  dataDir: string | undefined;
  apiKeys: string[];
  /** Whether other users of this machine can read the file, and the keys in it. */
  exposed?: boolean;
  lockTtlMinutes: number | undefined;
  rateLimit: number | undefined;
}

/** The settings file of a daemon that has one, whoever may read it. */
export function settingsPath({ daemon, home }: { daemon: string | undefined; home: string | undefined }) {
  return daemon === mneme && home !== undefined ? join(home, '.mneme-server', 'config.json') : undefined;
}

const numberIn = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined;

/** Reads `config.json`; what is broken in it counts as not said, as that server does. `home` is of who runs it. */
export function settingsOf(text: string, home: string | undefined): MnemeSettings {
  let said: Record<string, unknown> = {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) said = value as Record<string, unknown>;
  } catch {
    said = {};
  }
  const directory = typeof said.dataDir === 'string' && said.dataDir !== '' ? said.dataDir : undefined;
  const inHome = directory?.startsWith('~') === true && home !== undefined;
  const port = numberIn(said.port);
  return {
    port: port !== undefined && Number.isInteger(port) && port <= 65_535 ? port : undefined,
    dataDir: inHome ? join(home, directory.slice(1)) : directory,
    apiKeys: Array.isArray(said.apiKeys) ? said.apiKeys.filter((key) => typeof key === 'string') : [],
    lockTtlMinutes: numberIn(said.lockTTLMinutes),
    rateLimit: numberIn(said.rateLimitPerMinute),
  };
}
