import type { MigrationStep } from './migration-step.ts';
import type { UnitFile, Verb } from './unit.ts';

/** Why a step is in the plan, for people: "unit differs", "first install". */
interface Reasoned {
  why: string;
}

/** One file put in place, whole or not at all. Undo: what was there before. */
export interface WriteFile extends Reasoned, UnitFile {
  kind: 'write';
  /** True for tokens and keys: never shown, and only ever written where nothing was. */
  secret?: boolean;
}

export interface RemoveFile extends Reasoned {
  kind: 'remove';
  path: string;
}

/** Named entries of a directory copied to a new one that appears complete or not at all. Undo: gone again. */
export interface CopyTree extends Reasoned {
  kind: 'copy';
  from: string;
  to: string;
  entries: string[];
  /** Hard links instead of copies where the file system allows: for big files that nobody writes in place. */
  link: boolean;
}

/** A directory and all below it. There is no undo: only plans that finish may hold one. */
export interface RemoveTree extends Reasoned {
  kind: 'remove-tree';
  path: string;
}

/** What the manager is told. `undo` is decided by what was there before, so it stands in the plan. */
export interface ManagerStep extends Reasoned {
  kind: 'manager';
  do: Verb[];
  undo: Verb[];
}

/** Waits until the daemon answers as the service and build it should be. */
export interface VerifyStep extends Reasoned {
  kind: 'verify';
  build: string;
  timeoutMs: number;
}

/** Waits until nothing answers for the service any more (X02). */
export interface VerifyGoneStep extends Reasoned {
  kind: 'verify-gone';
  timeoutMs: number;
}

export type Step =
  | WriteFile
  | RemoveFile
  | CopyTree
  | RemoveTree
  | ManagerStep
  | VerifyStep
  | VerifyGoneStep
  | MigrationStep;

/** Steps for the one executor (install/apply.ts). */
export interface Plan {
  command: 'install' | 'uninstall' | 'migrate';
  service: string;
  steps: Step[];
  /** What the next run does with a plan that was killed half-way. */
  onInterrupt: 'undo' | 'finish';
  /**
   * Of a plan that is undone: from this step on a killed one is finished instead, because what it was for is verified.
   * The steps from there on must be able to run again. A failure still undoes all of it.
   */
  finishFrom?: number;
}
