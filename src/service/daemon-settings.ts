import { isAbsolute } from 'node:path';
import * as z from 'zod';
import { MemorydError } from '../errors.ts';
import { problemsOf } from './problem.ts';

// A Node timer takes at most 2^31 - 1 ms and fires at once when given more.
const seconds = z.int().min(0).max(2_147_483);
const count = z.int().min(0).max(1_000_000);
const loopback = ['127.0.0.1', '::1', 'localhost'];

/** Sessions of MCP's 2025 eras. In every field 0 means off: no timeout, no cap, no limit. */
const sessionSettingsSchema = z.strictObject({
  /** Closed after this long without a request. */
  idleTimeoutSecs: seconds.default(14_400),
  /** Closed this long after it was opened, however busy. */
  maxLifetimeSecs: seconds.default(0),
  /** Most sessions open at once; one more closes the oldest. */
  maxSessions: count.default(100),
  /** Most sessions opened within the window; one more is refused. */
  rateLimit: count.default(10),
  rateWindowSecs: seconds.default(60),
});

export type SessionSettings = z.output<typeof sessionSettingsSchema>;

/** The sync API at `/projects/:id/…`. */
const syncSettingsSchema = z.strictObject({
  /** Keys that clients may send as bearer token, beside the service's own token. */
  apiKeys: z
    .array(z.string().regex(/^[\x21-\x7e]{8,512}$/, 'at least 8 printable characters, no spaces'))
    .default([]),
  /** A lock that is not renewed for this long is free again. */
  lockTtlMinutes: z.number().positive().max(10_080).default(30),
  /** An existing directory of projects to serve in place; without it, `projects` in the data directory. */
  dataDir: z.string().refine(isAbsolute, 'must be an absolute path').optional(),
  /** Most requests of one key at one address within the window, and as many failures of an address; either at 0 is off. */
  rateLimit: count.default(100),
  rateWindowSecs: seconds.default(60),
});

/** What a definition may say about the bundled daemon: every field has a default, unknown fields are refused. */
export const daemonSettingsSchema = z
  .strictObject({
    /** The address to bind. Beyond loopback only with API keys. */
    listen: z.string().min(1).default('127.0.0.1'),
    /** Further names that clients may put into the Host header, for a daemon that listens beyond loopback. */
    allowedHosts: z.array(z.string().min(1)).default([]),
    sessions: sessionSettingsSchema.prefault({}),
    sync: syncSettingsSchema.prefault({}),
  })
  .refine((settings) => loopback.includes(settings.listen) || settings.sync.apiKeys.length > 0, {
    path: ['listen'],
    message: 'listening beyond loopback needs sync.apiKeys',
  });

export type DaemonSettings = z.output<typeof daemonSettingsSchema>;

/** What a command line may say over definition and environment. */
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
 * The settings with what the environment says over what the definition says.
 * Throws a `configuration` error that names the variable when its value is not a whole number in range.
 */
export function withEnvironment(
  settings: DaemonSettings,
  env: Readonly<Record<string, string | undefined>>,
): DaemonSettings {
  const sessions = { ...settings.sessions };
  for (const [variable, field] of Object.entries(sessionVariables)) {
    const value = env[variable];
    if (value === undefined || value === '') continue;
    const parsed = sessionSettingsSchema.shape[field].safeParse(/^\d+$/.test(value) ? Number(value) : value);
    if (!parsed.success) {
      throw new MemorydError('configuration', `${variable}=${value} is not a number in range`, {
        hint: `unset ${variable}`,
        words: parsed.error.issues.map((issue) => issue.message).join('\n'),
      });
    }
    sessions[field] = parsed.data;
  }
  return { ...settings, sessions };
}

/**
 * The settings with what a command line says over them. Throws a `configuration` error that names the field when the
 * result is not allowed, such as an address beyond loopback without API keys.
 */
export function withOverrides(
  settings: DaemonSettings,
  { listen = settings.listen, sessions }: DaemonOverrides,
): DaemonSettings {
  const said = { ...settings, listen, sessions: { ...settings.sessions, ...sessions } };
  const checked = daemonSettingsSchema.safeParse(said);
  if (checked.success) return checked.data;
  const problems = problemsOf(checked.error.issues).map(({ path, message }) => `${path}: ${message}`);
  throw new MemorydError('configuration', `the command line: ${problems.join('; ')}`);
}
