/** The flags of the bundled daemon's settings, by field: `install` stores them, `host` uses them for one run. */
export const daemonFlags = {
  listen: '--listen',
  'sessions.idleTimeoutSecs': '--idle-timeout-secs',
  'sessions.maxLifetimeSecs': '--max-session-lifetime-secs',
  'sessions.maxSessions': '--max-sessions',
  'sessions.rateLimit': '--session-rate-limit',
  'sessions.rateWindowSecs': '--session-rate-window-secs',
} as const;
