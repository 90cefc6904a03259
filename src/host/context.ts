import type { Roots, ServicePaths } from '../layout.ts';
import type { EarlySettings } from '../runtime/early-settings.ts';
import type { LogWriter } from '../runtime/logs/writer.ts';
import type { CrashLoopLimit } from '../runtime/run-history.ts';
import type { DaemonOverrides } from '../service/daemon-settings.ts';
import type { System } from '../system/system.ts';
import type { HostDependencies } from './dependencies.ts';
import type { ShutdownSignal } from './shutdown-signal.ts';

export interface HostOptions {
  shutdown: ShutdownSignal;
  /** The environment. Inherited sockets and similar variables are removed from it. */
  env: NodeJS.ProcessEnv;
  /** What to do if the service cannot run: exit code 78 stops some managers, others would restart it forever (M10). */
  onRefusal: 'exit' | 'stay';
  /** Called when the daemon answers. */
  onReady?: () => void;
  crashLoopLimit?: CrashLoopLimit;
  /** The variables that inject code and were removed from the environment. */
  removed?: readonly string[];
  /** Settings that only apply to this run. */
  overrides?: DaemonOverrides;
}

/** The values that all parts of one run share. */
export interface RunContext {
  system: System;
  roots: Roots;
  service: string;
  paths: ServicePaths;
  log: LogWriter;
  early: EarlySettings;
  /** The text of the definition; undefined if it cannot be read. */
  definition: string | undefined;
  options: HostOptions;
  dependencies: HostDependencies;
}
