import { join } from 'node:path';
import type { StepContext, StepEvent } from '../../src/install/context.ts';
import { Journal } from '../../src/install/journal.ts';
import { type Roots, servicePaths } from '../../src/layout.ts';
import type { Backend } from '../../src/platform/backend.ts';
import { awaitOwnDaemon } from '../../src/runtime/own-daemon.ts';
import type { System } from '../../src/system/system.ts';

/** Whose service a plan changes. The new daemon is there by its word alone. */
export interface Setting {
  system: System;
  backend: Partial<Backend>;
  service: string;
  roots: Roots;
  /** Throws when the new daemon does not answer. */
  answers?: (() => Promise<void>) | undefined;
}

/** What the steps of a migration are given, and what they told; after `breakNew` the new daemon does not answer. */
export function contextOf({ system, backend, service, roots, answers }: Setting) {
  const events: StepEvent[] = [];
  let broken = false;
  const verify = async () => {
    if (broken) throw new Error('it does not answer');
    await answers?.();
  };
  const context: StepContext = {
    system,
    backend: backend as Backend,
    service,
    paths: servicePaths(roots, service),
    journal: new Journal(join(roots.state, 'journal')),
    verify,
    verifyGone: verify,
    daemon: () => awaitOwnDaemon(system, roots, service, 0),
    tell: (event) => void events.push(event),
  };
  const breakNew = () => {
    broken = true;
  };
  return { context, events, breakNew };
}
