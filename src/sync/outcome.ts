import type { SyncFileName, SyncLock } from '../service/sync-protocol.ts';
import type { Trouble } from './trouble.ts';

/** What was done with one file, and the backup of what it overwrote. */
export interface FileOutcome {
  name: SyncFileName;
  /** `refused`: the server does not take or give this file. `warning` has its answer. */
  did: 'downloaded' | 'uploaded' | 'nothing' | 'refused';
  backup?: string;
  warning?: string;
}

/** The result of a pull or push. With trouble, later files were not compared, and local files are unchanged. */
export interface SyncOutcome {
  files: FileOutcome[];
  /** The lock that this client now holds. */
  lock?: SyncLock | undefined;
  trouble?: Trouble;
}
