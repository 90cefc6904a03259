import type { Lock, SyncFileName } from '../service/sync-protocol.ts';
import type { Trouble } from './trouble.ts';

/** What was done with one file, and where what it overwrote is kept. */
export interface FileOutcome {
  name: SyncFileName;
  did: 'downloaded' | 'uploaded' | 'nothing';
  backup?: string;
  warning?: string;
}

/** What a pull or push came to. With trouble, the files after it were not looked at, and all local files are as they were. */
export interface Outcome {
  files: FileOutcome[];
  /** The lock this client has now, as it was granted. */
  lock?: Lock | undefined;
  trouble?: Trouble;
}
