import type { ElevatedCopy } from './copy.ts';

/** What the elevated run is told, all of it: whose environment it has is no matter, it may be another account's. */
export interface ElevatedOrders {
  /** `move` waits for a verdict; the others do one thing and end. */
  act: 'move' | 'remove' | 'disable' | 'start';
  service: string;
  /** Where the protocol's files lie. */
  directory: string;
  /** The user's run: when it is gone without a verdict, the old service is started again. */
  parent: number;
  copy?: ElevatedCopy;
  patienceMs: number;
}
