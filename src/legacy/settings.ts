import { join } from 'node:path';
import { mneme } from './known-daemons.ts';

/** The settings in claude-mneme's own file. Each may be missing, and its server does not check them. */
export interface MnemeSettings {
  port: number | undefined;
  /** Absolute. The projects are in its subdirectory `projects`. */
  dataDir: string | undefined;
  apiKeys: string[];
  /** Whether other users of this machine can read the file with the keys. */
  exposed?: boolean;
  lockTtlMinutes: number | undefined;
  rateLimit: number | undefined;
}

/** Gives the path of a daemon's settings file, if that daemon has one. */
export function settingsPath({ daemon, home }: { daemon: string | undefined; home: string | undefined }) {
  return daemon === mneme && home !== undefined ? join(home, '.mneme-server', 'config.json') : undefined;
}

const numberIn = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined;

/**
 * Reads `config.json`. An invalid value counts as missing, as it does for that server. `home` is the home of the
 * account that runs the server.
 */
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
