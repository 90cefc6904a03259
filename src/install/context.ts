import type { OwnDaemon } from '../host/own-daemon.ts';
import type { ServicePaths } from '../layout.ts';
import type { Backend } from '../platform/backend.ts';
import type { System } from '../system/system.ts';
import type { Journal } from './journal.ts';

/** What carrying out a step needs. */
export interface StepContext {
  system: System;
  backend: Backend;
  service: string;
  paths: ServicePaths;
  journal: Journal;
  /** What must have come true before a step that anybody sees; copies for ourselves alone are made meanwhile. */
  ready?: Promise<void> | undefined;
  /** Closes our directories to everybody else, before a plan puts anything in them. */
  keepPrivate?: (() => Promise<void>) | undefined;
  /** Resolves when the daemon answers as `build`; throws when it cannot any more or the time is over. */
  verify(build: string, timeoutMs: number): Promise<void>;
  /** Resolves when nothing answers for the service; throws when the time is over. */
  verifyGone(timeoutMs: number): Promise<void>;
  /** The daemon of the service, to be asked through its private socket. Throws `not-running`. */
  daemon(): Promise<OwnDaemon>;
  /** Told what a step has to say while it runs. */
  tell?: ((event: StepEvent) => void) | undefined;
}

/** What a long step says: how far it is (milliseconds left once that can be told), or something a person must know. */
export type StepEvent =
  | { kind: 'copied'; bytes: number; total: number; msLeft: number | undefined }
  | { kind: 'note'; text: string };

/**
 * How one kind of step is carried out. `capture` sees what is there before anything changes and gives plain JSON;
 * `undo` puts that back, and must be right whether `run` never began, broke off or finished.
 */
export interface StepHandler<S, B = unknown> {
  capture(step: S, context: StepContext, index: number): Promise<B>;
  run(step: S, context: StepContext): Promise<void>;
  undo(step: S, before: B, context: StepContext, index: number): Promise<void>;
}
