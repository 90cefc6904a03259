import { type Roots, type ServicePaths, servicePaths } from '../../layout.ts';
import { type EndpointState, findEndpoint } from '../../runtime/find-endpoint.ts';
import type { System } from '../../system/system.ts';
import { taskName } from './names.ts';

/** Time limits in milliseconds. */
export interface TaskTiming {
  /** Between two polls. A poll may run schtasks, which takes tens of milliseconds. */
  pollMs: number;
  /** How long an ending task may take before it is started again. */
  settleMs: number;
  /** From /run to a running task. A /run right after /end may be dropped, so it is repeated within this time. */
  startMs: number;
  /** How much longer than the stop timeout of the service a graceful stop may take. */
  gracefulMarginMs: number;
  /** How long killed processes may take to disappear. */
  endMs: number;
}

export const usualTiming: TaskTiming = {
  pollMs: 250,
  settleMs: 10_000,
  startMs: 8000,
  gracefulMarginMs: 3000,
  endMs: 5000,
};

/** One service and everything that is needed to act on it. */
export interface TaskContext {
  system: System;
  roots: Roots;
  service: string;
  paths: ServicePaths;
  /** The full name of its task. */
  task: string;
  timing: TaskTiming;
}

export function targetOf(
  system: System,
  roots: Roots,
  service: string,
  sid: string,
  timing: TaskTiming,
): TaskContext {
  return {
    system,
    roots,
    service,
    paths: servicePaths(roots, service),
    task: taskName(sid, service),
    timing,
  };
}

/** The running host according to its endpoint, without asking Task Scheduler (W06, W13). */
export function hostOf({
  system,
  roots,
  service,
}: Omit<TaskContext, 'task' | 'timing' | 'paths'>): Promise<EndpointState> {
  return findEndpoint(system, roots, service);
}
