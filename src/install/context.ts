import type { ServicePaths } from '../layout.ts';
import type { Backend } from '../platform/backend.ts';
import type { OwnDaemon } from '../runtime/own-daemon.ts';
import type { System } from '../system/system.ts';
import type { Journal } from './journal.ts';

/** What a step needs to run. */
export interface StepContext {
  system: System;
  backend: Backend;
  service: string;
  paths: ServicePaths;
  journal: Journal;
  /** Must resolve before the first step with a visible effect. Private copies are made meanwhile. */
  ready?: Promise<void> | undefined;
  /** False while a stop or uninstall ends an interrupted change: undoing must not start anything (N01). */
  mayStart?: boolean | undefined;
  /** Makes our directories private, before a plan writes into them. */
  keepPrivate?: (() => Promise<void>) | undefined;
  /** Resolves when the daemon answers as `build`. Throws if it no longer can, or the time is over. */
  verify(build: string, timeoutMs: number): Promise<void>;
  /** Resolves when nothing answers for the service. Throws if the time is over. */
  verifyGone(timeoutMs: number): Promise<void>;
  /** The daemon of the service, to be asked through its private socket. Throws `not-running`. */
  daemon(): Promise<OwnDaemon>;
  /** Called with the events of a running step. */
  tell?: ((event: StepEvent) => void) | undefined;
}

/** An event of a long step: its progress (with the milliseconds left, once known), or a note for the user. */
export type StepEvent =
  | { kind: 'copied'; bytes: number; total: number; msLeft: number | undefined }
  | { kind: 'note'; text: string };

/**
 * The implementation of one kind of step. `capture` records the state before anything changes, as plain JSON. `undo`
 * restores that state, and must work whether `run` never began, was interrupted or finished.
 */
export interface StepHandler<S, B = unknown> {
  capture(step: S, context: StepContext, index: number): Promise<B>;
  run(step: S, context: StepContext): Promise<void>;
  undo(step: S, before: B, context: StepContext, index: number): Promise<void>;
}
