import type { ProfileName } from './profile.ts';

/** How long things take, in milliseconds. A test that waits for a throttle shortens it. */
export interface SimulatedTiming {
  /** One second of ThrottleInterval. */
  throttleSecondMs: number;
  /** One second of ExitTimeOut. */
  exitSecondMs: number;
  /** How long a label stays taken after its process is reaped. */
  reservedMs: number;
  /** How long a spawned job is shown as xpcproxy. */
  xpcproxyMs: number;
}

export interface SimulatorOptions {
  /** The simulator's own: socket, launchctl, overrides. */
  dir: string;
  /** The user's home, where LaunchAgents are looked for. */
  home: string;
  /** Default: whoever runs the test, because a plist must belong to this user. */
  uid: number;
  user: string;
  profile: ProfileName;
  /** `gui`: at the screen. `early`: there, but nothing starts by itself yet. `ssh`: no screen session. `none`: after a boot. */
  session: Session;
  /** Callers are root and are told the true reason of a refusal. */
  root: boolean;
  /** Off: TMPDIR is missing, as it is for some. */
  tmpdir: boolean;
  /** As set by `launchctl setenv`: every job inherits them. */
  variables: Readonly<Record<string, string>>;
  timing: SimulatedTiming;
}

export type Session = 'gui' | 'early' | 'ssh' | 'none';

/** What can go wrong, or is not settled without a Mac; set while it runs. */
export interface Faults {
  /** The next so many bootstraps fail with 5. */
  refuseBootstrap: number;
  /** What a bootstrap fails with while the label is taken. */
  busyCode: 5 | 37;
  /** What `print` exits with where there is no screen session. */
  noGuiCode: 112 | 125;
  /** `bootout` says 36 of a process that is still exiting, instead of 0. */
  bootoutGoing: boolean;
  /** What `kickstart -k` sends. */
  killMode: 'SIGTERM' | 'SIGKILL';
  /** launchctl starts and never answers. */
  hang: boolean;
  /** `print` prints this instead of a job. */
  garble: string | undefined;
  /** RunAtLoad is forgotten: seen in the field, a job stays idle until it is kicked. */
  forgetLoad: boolean;
}

export const usualOptions = {
  profile: '27',
  session: 'gui',
  root: false,
  tmpdir: true,
  variables: {},
  timing: { throttleSecondMs: 1000, exitSecondMs: 1000, reservedMs: 500, xpcproxyMs: 30 },
} as const satisfies Partial<SimulatorOptions>;

export const noFaults: Faults = {
  refuseBootstrap: 0,
  busyCode: 5,
  noGuiCode: 112,
  bootoutGoing: false,
  killMode: 'SIGTERM',
  hang: false,
  garble: undefined,
  forgetLoad: false,
};
