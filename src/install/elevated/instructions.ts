import type { ElevatedCopy } from './copy.ts';

/** Everything the elevated run needs. It uses nothing from its environment, which may be that of another account. */
export interface ElevatedInstructions {
  /** `move` waits for a verdict. The others do one thing and exit. */
  act: 'move' | 'remove' | 'disable' | 'start';
  service: string;
  /**
   * The directory of the elevated run, which only administrators can write. It holds the run's messages and the copy of
   * the data.
   */
  own: string;
  /** The directory of the user's messages. The elevated run only reads it. */
  directory: string;
  /** The pid of the user's run. When that exits without a verdict, the old service is started again. */
  parent: number;
  copy?: ElevatedCopy;
  patienceMs: number;
}
