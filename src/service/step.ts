import type { MigrationStep } from './migration-step.ts';
import type { UnitFile, Verb } from './unit.ts';

/** The reason for a step, for people: "the unit changed", "not registered". */
interface Reasoned {
  why: string;
}

/** Writes one file atomically. Undo: restore what was there before. */
export interface WriteFile extends Reasoned, UnitFile {
  kind: 'write';
  /** True for files with secrets: their content is never shown. */
  secret?: boolean;
}

export interface RemoveFile extends Reasoned {
  kind: 'remove';
  path: string;
}

/**
 * Copies the given entries of a directory to a new directory, which appears complete or not at all. Undo: remove it.
 */
export interface CopyTree extends Reasoned {
  kind: 'copy';
  from: string;
  to: string;
  entries: string[];
  /** Use hard links if the file system allows it, for large files that are never written in place. */
  link: boolean;
  /** The program among the entries that must start from its new place, before the copy is used (N11). */
  starts?: string;
}

/**
 * Removes a directory tree. There is no undo, so only plans that are finished after an interruption may contain it.
 */
export interface RemoveTree extends Reasoned {
  kind: 'remove-tree';
  path: string;
}

/** Verbs for the service manager. `undo` depends on the state before, so it is part of the plan. */
export interface ManagerStep extends Reasoned {
  kind: 'manager';
  do: Verb[];
  undo: Verb[];
}

/** Waits until the daemon answers with the right service name and build. */
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
  /** What the next run does with an interrupted plan. */
  onInterrupt: 'undo' | 'finish';
  /**
   * For a plan with `undo`: if it is interrupted at this step or later, it is finished instead, because the new
   * service is verified. The steps from there on must be able to run twice. A failure still undoes everything.
   */
  finishFrom?: number;
}
