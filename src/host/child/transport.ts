import type { ChildProcess } from 'node:child_process';
import type { ChildStart } from '../../external/prepare.ts';
import type { ProbeAnswer } from '../../service/probe-answer.ts';

/** The differences between a daemon that listens by itself and one that the host serves over HTTP. */
export interface ChildTransport {
  /** The port for the next child; undefined while another process of the same daemon serves there. */
  port(): Promise<number | undefined>;
  /** Called with each child before any of its output is read. */
  attach?(child: ChildProcess): void;
  /** Whether another process serves at the port now. */
  isServed?(port: number): Promise<boolean>;
  /** Whether the daemon serves. Takes limited time and never throws. */
  probe(start: ChildStart, port: number): Promise<ProbeAnswer>;
  /** Whether the daemon is functional; absent if there is no probe for it. */
  useful?(start: ChildStart, port: number): Promise<ProbeAnswer>;
  /** Resolves when the other process has ended or `signal` aborts. Returns whether it ever answered. */
  standBy(signal: AbortSignal): Promise<boolean>;
}

/** The state of a child: alive, ready, functional. */
export interface ChildState {
  pid: number | null;
  live: boolean;
  ready: boolean;
  useful: boolean | null;
  why: string | null;
  restarts: number;
  yielded: boolean;
  /** How the previous child ended; null if none has ended. */
  lastEnd: string | null;
}

/** The state before the first start. */
export const notStarted: ChildState = {
  pid: null,
  live: false,
  ready: false,
  useful: null,
  why: 'not started',
  restarts: 0,
  yielded: false,
  lastEnd: null,
};
