import type { ElevatedCopy } from './copy.ts';

/** What the elevated run is told, all of it: whose environment it has is no matter, it may be another account's. */
export interface ElevatedInstructions {
  /** `move` waits for a verdict; the others do one thing and end. */
  act: 'move' | 'remove' | 'disable' | 'start';
  service: string;
  /** The run's own directory, where only administrators write: what it says to the user's run, and what it brings. */
  own: string;
  /** Where the user's run says its part. It is only read. */
  directory: string;
  /** The user's run: when it is gone without a verdict, the old service is started again. */
  parent: number;
  copy?: ElevatedCopy;
  patienceMs: number;
}
