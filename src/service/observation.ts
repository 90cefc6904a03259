import type { Definition } from './definition.ts';
import type { Problem } from './problem.ts';
import type { Receipt } from './receipt.ts';
import type { UnitObservation } from './unit.ts';

/** A file on disk. Links are not followed, because writing through a link destroys its target. */
export type FileObservation =
  | { kind: 'absent' }
  | { kind: 'unreadable'; why: string }
  | { kind: 'link'; target: string }
  | { kind: 'file'; content: string; mode: number };

export type DefinitionObservation =
  | { kind: 'absent' }
  | { kind: 'unreadable'; why: string }
  | { kind: 'invalid'; problems: Problem[] }
  | { kind: 'valid'; definition: Definition; text: string };

export type ReceiptObservation =
  | { kind: 'absent' }
  | { kind: 'unreadable'; why: string }
  | { kind: 'invalid'; why: string }
  | { kind: 'valid'; receipt: Receipt };

/** What answers for the service at this moment. */
export type AnswerObservation =
  | { kind: 'nobody' }
  /** A process answers on the control channel with the nonce it published. */
  | { kind: 'live'; build: string; port: number; pid: number };

/** The observed state that `plan` compares with the desired one: plain values, taken at one moment. */
export interface Observation {
  definition: DefinitionObservation;
  receipt: ReceiptObservation;
  /** By path: every file the plan may write. */
  files: ReadonlyMap<string, FileObservation>;
  /** Directories of `CopyTree` steps that are already there. */
  copies: ReadonlySet<string>;
  unit: UnitObservation;
  answer: AnswerObservation;
}
