import type { ChildProcess } from 'node:child_process';
import type { ChildStart } from '../../external/prepare.ts';
import type { ProbeAnswer } from '../../service/probe-answer.ts';

/** What differs between a daemon that listens by itself and one that the host puts on HTTP. */
export interface ChildTransport {
  /** Where the next child is to listen; undefined while another process of the same daemon serves there. */
  port(): Promise<number | undefined>;
  /** Called with each child before anything of it is read. */
  attach?(child: ChildProcess): void;
  /** Whether it serves. Bounded, never throws. */
  probe(start: ChildStart, port: number): Promise<ProbeAnswer>;
  /** The same for what it is for; absent when nobody can tell. */
  useful?(start: ChildStart, port: number): Promise<ProbeAnswer>;
  /** Resolves when that other one is gone, or `signal` aborts; tells whether it has been seen at all. */
  standBy(signal: AbortSignal): Promise<boolean>;
}

/** Where a child is: alive, answering, doing what it is for. */
export interface ChildState {
  pid: number | null;
  live: boolean;
  ready: boolean;
  useful: boolean | null;
  why: string | null;
  restarts: number;
  yielded: boolean;
  /** How the one before it ended; null while none has. */
  lastEnd: string | null;
}
