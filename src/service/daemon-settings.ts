import { isAbsolute } from 'node:path';
import * as z from 'zod';
import { MemorydError } from '../errors.ts';
import { daemonFlags } from './daemon-flags.ts';
import { check, type Problem, problemLines } from './problem.ts';
import { wholeNumber } from './range.ts';

// A Node timer takes at most 2^31 - 1 ms and fires at once when given more.
const seconds = wholeNumber(0, 2_147_483);
const count = wholeNumber(0, 1_000_000);
const loopback = ['127.0.0.1', '::1', 'localhost'];

/** Sessions of MCP's 2025 eras. In every field 0 means off: no timeout, no cap, no limit. */
const sessionSettingsSchema = z.strictObject({
  /** Closed after this long without a request. */
  idleTimeoutSecs: seconds.default(14_400),
  /** Closed this long after it was opened, however busy. */
  maxLifetimeSecs: seconds.default(0),
  /** The maximum of open sessions; when one more is opened, the oldest is closed. */
  maxSessions: count.default(100),
  /** The maximum of sessions opened within the window; one more is refused. */
  rateLimit: count.default(60),
  rateWindowSecs: seconds.default(60),
});

export type SessionSettings = z.output<typeof sessionSettingsSchema>;

/** The sync API at `/projects/:id/…`. */
const syncSettingsSchema = z.strictObject({
  /** Keys that clients may send as bearer token, beside the service's own token. */
  apiKeys: z
    .array(z.string().regex(/^[\x21-\x7e]{8,512}$/, 'must have 8 to 512 printable characters and no spaces'))
    .default([]),
  /** A lock that is not renewed for this long is free again. */
  lockTtlMinutes: z.number().positive().max(10_080).default(30),
  /** An existing directory of projects to serve in place; without it, `projects` in the data directory. */
  dataDir: z.string().refine(isAbsolute, 'must be an absolute path').optional(),
  /** The maximum of requests with one key from one address within the window, and of failures of one address. 0 in either field switches the limit off. */
  rateLimit: count.default(100),
  rateWindowSecs: seconds.default(60),
});

/** Automatic backups. 0 in either field switches them off. */
const backupSettingsSchema = z.strictObject({
  /** The minimum of hours between two backups. */
  everyHours: wholeNumber(0, 8_760).default(24),
  /** The maximum of backups that are kept; the oldest is removed first. */
  keep: wholeNumber(0, 1_000).default(7),
});

export type BackupSettings = z.output<typeof backupSettingsSchema>;

/** The settings of the bundled daemon in a definition. Every field has a default. Unknown fields are refused. */
export const daemonSettingsSchema = z
  .strictObject({
    /** The address to bind. Beyond loopback only with API keys. */
    listen: z.string().min(1).default('127.0.0.1'),
    /** More names that are accepted in the Host header, for a daemon that listens beyond loopback. */
    allowedHosts: z.array(z.string().min(1)).default([]),
    sessions: sessionSettingsSchema.prefault({}),
    sync: syncSettingsSchema.prefault({}),
    backups: backupSettingsSchema.prefault({}),
  })
  .refine((settings) => loopback.includes(settings.listen) || settings.sync.apiKeys.length > 0, {
    path: ['listen'],
    message: 'must be a loopback address unless daemon.sync.apiKeys are set',
  });

export type DaemonSettings = z.output<typeof daemonSettingsSchema>;

/** Settings that flags of one run override. */
export interface DaemonOverrides {
  listen?: string;
  sessions?: Partial<SessionSettings>;
}

const sessionVariables = {
  MEMORYD_IDLE_TIMEOUT_SECS: 'idleTimeoutSecs',
  MEMORYD_MAX_SESSION_LIFETIME_SECS: 'maxLifetimeSecs',
  MEMORYD_MAX_SESSIONS: 'maxSessions',
  MEMORYD_SESSION_RATE_LIMIT: 'rateLimit',
  MEMORYD_SESSION_RATE_WINDOW_SECS: 'rateWindowSecs',
} as const satisfies Record<string, keyof SessionSettings>;

/**
 * The settings with the environment variables over them. Throws a `configuration` error that names the variable if its
 * value is not a whole number within its range.
 */
export function withEnvironment(
  settings: DaemonSettings,
  env: Readonly<Record<string, string | undefined>>,
): DaemonSettings {
  const sessions = { ...settings.sessions };
  for (const [variable, field] of Object.entries(sessionVariables)) {
    const value = env[variable];
    if (value === undefined || value === '') continue;
    const checked = check(sessionSettingsSchema.shape[field], /^\d+$/.test(value) ? Number(value) : value);
    if (checked.kind === 'invalid') {
      const [line] = problemLines(checked.problems);
      throw new MemorydError('configuration', `${variable}=${value}: ${line}`, { hint: `unset ${variable}` });
    }
    sessions[field] = checked.value;
  }
  return { ...settings, sessions };
}

/**
 * The settings with the flags of one run over them. Throws a `configuration` error that names the flag if the result
 * is not allowed, such as an address beyond loopback without API keys. It is not `usage`, because no service manager
 * retries exit 78.
 */
export function withOverrides(
  settings: DaemonSettings,
  { listen = settings.listen, sessions }: DaemonOverrides,
): DaemonSettings {
  const said = { ...settings, listen, sessions: { ...settings.sessions, ...sessions } };
  const checked = check(daemonSettingsSchema, said);
  if (checked.kind === 'valid') return checked.value;
  const flags: Readonly<Record<string, string>> = daemonFlags;
  const blamed = ({ path, message }: Problem): Problem => ({ path: flags[path] ?? path, message });
  throw new MemorydError('configuration', problemLines(checked.problems.map(blamed)).join('; '));
}
