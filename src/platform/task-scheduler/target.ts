import { type EndpointState, findEndpoint } from '../../host/find-endpoint.ts';
import { type Roots, type ServicePaths, servicePaths } from '../../layout.ts';
import type { System } from '../../system/system.ts';
import { taskName } from './names.ts';

/** How long things may take, in milliseconds. */
export interface Timing {
  /** Between two looks. One look may be a schtasks call, which costs tens of milliseconds. */
  pollMs: number;
  /** For a task that is on its way out, before it is started again. */
  settleMs: number;
  /** From /run to a running task; a /run right after /end can be dropped, so it is said twice within this. */
  startMs: number;
  /** What a graceful stop may take beyond the service's own stop timeout. */
  gracefulMarginMs: number;
  /** For what was ended by force to be gone. */
  endMs: number;
}

export const usualTiming: Timing = {
  pollMs: 250,
  settleMs: 10_000,
  startMs: 8000,
  gracefulMarginMs: 3000,
  endMs: 5000,
};

/** One service and all it takes to act on it. */
export interface Target {
  system: System;
  roots: Roots;
  service: string;
  paths: ServicePaths;
  /** Its task's full name. */
  task: string;
  timing: Timing;
}

export function targetOf(system: System, roots: Roots, service: string, sid: string, timing: Timing): Target {
  return {
    system,
    roots,
    service,
    paths: servicePaths(roots, service),
    task: taskName(sid, service),
    timing,
  };
}

/** What is known of the running host without asking Task Scheduler: its own endpoint is the truth (W06, W13). */
export function hostOf({
  system,
  roots,
  service,
}: Omit<Target, 'task' | 'timing' | 'paths'>): Promise<EndpointState> {
  return findEndpoint(system, roots, service);
}
