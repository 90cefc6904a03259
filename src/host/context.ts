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
  /** The environment, from which what is handed over is taken out. */
  env: NodeJS.ProcessEnv;
  /** What to do when it will not run: some managers take exit code 78 for an answer, others try again for ever (M10). */
  onRefusal: 'exit' | 'stay';
  /** Called when the daemon answers. */
  onReady?: () => void;
  crashLoopLimit?: CrashLoopLimit;
  /** Variables that inject code, which the environment was freed of. */
  removed?: readonly string[];
  /** Settings for this run alone. */
  overrides?: DaemonOverrides;
}

/** Everything one run works with. */
export interface RunContext {
  system: System;
  roots: Roots;
  service: string;
  paths: ServicePaths;
  log: LogWriter;
  early: EarlySettings;
  /** The definition's text; undefined when there is none to read. */
  definition: string | undefined;
  options: HostOptions;
  dependencies: HostDependencies;
}
