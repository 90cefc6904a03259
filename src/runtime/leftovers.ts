import { join } from 'node:path';
import { MemorydError } from '../errors.ts';
import type { ServicePaths } from '../layout.ts';
import type { Log } from '../service/log.ts';
import { equals, isObject, isText, optional } from '../service/state-text.ts';
import { acquireLock } from '../system/lock.ts';
import { killTree, type Tree } from '../system/process-tree.ts';
import type { System } from '../system/system.ts';
import { instanceLockPath } from './instance-lock.ts';
import { stateFile } from './state-file.ts';

/** The marker, and the pid and start identity of the root process once it is started. */
interface LeftoversRecord {
  schema: 1;
  marker: string;
  root?: { pid: number; start: string };
}

const treeFile = stateFile<Pick<ServicePaths, 'state'>, LeftoversRecord>(
  ({ state }) => join(state, 'tree.json'),
  {
    schema: equals(1),
    marker: isText,
    root: optional(isObject),
  },
);

type LeftoversSystem = Pick<System, 'files' | 'platform' | 'exec' | 'processes'>;

/** A host that has stopped answering may still be shutting down. */
const hostEndsMs = 2000;

/**
 * Ends processes that hosts of a stopped service left behind. If there is a host, it does nothing, because the host
 * does that itself. Throws `failed` if one cannot be ended.
 */
export async function sweepLeftovers(
  system: LeftoversSystem,
  paths: Pick<ServicePaths, 'state'>,
): Promise<void> {
  const leftovers = new Leftovers(system, paths);
  if (!(await leftovers.exist())) return;
  const lock = await acquireLock(instanceLockPath(paths), { waitMs: hostEndsMs });
  if (lock === undefined) return;
  try {
    await leftovers.sweep(() => undefined);
    await leftovers.forget();
  } finally {
    lock.release();
  }
}

/**
 * The process tree that a host of this service has started, as recorded on disk. The record is written before the first
 * process starts, so that the next host can find what a killed host left behind.
 */
export class Leftovers {
  readonly #system: LeftoversSystem;
  readonly #paths: Pick<ServicePaths, 'state'>;

  constructor(system: LeftoversSystem, paths: Pick<ServicePaths, 'state'>) {
    this.#system = system;
    this.#paths = paths;
  }

  /** Whether there is a record. */
  async exist(): Promise<boolean> {
    return (await this.#read()) !== undefined;
  }

  /**
   * Kills the processes. Only for the holder of the instance lock, before it starts anything. Throws `failed` if one
   * cannot be killed.
   */
  async sweep(log: Log): Promise<void> {
    const tree = await this.#read();
    if (tree === undefined) return;
    const left = await killTree(this.#system, tree);
    log('child.swept', { left: left.length });
    if (left.length > 0) {
      throw new MemorydError(
        'failed',
        `an earlier run is still there and cannot be killed: ${left.join(', ')}`,
      );
    }
  }

  /**
   * Records the marker of the next tree, and its root process: some programs overwrite their environment with their
   * title, and with it the marker.
   */
  async keep(marker: string, pid?: number): Promise<void> {
    const start = pid === undefined ? undefined : this.#system.processes.startIdentity(pid);
    const root = pid === undefined || start === undefined ? {} : { root: { pid, start } };
    await treeFile.write(this.#system.files, this.#paths, { schema: 1, marker, ...root });
  }

  /** Removes the record. */
  async forget(): Promise<void> {
    await this.#system.files.remove(treeFile.path(this.#paths));
  }

  /**
   * A file truncated by a crash of the machine counts as absent: the processes ended with the machine. Throws
   * `permission` if it cannot be read.
   */
  async #read(): Promise<Tree | undefined> {
    const record = await treeFile.value(this.#system.files, this.#paths);
    if (record === undefined) return undefined;
    const { marker, root } = record;
    const lives = root !== undefined && this.#system.processes.startIdentity(root.pid) === root.start;
    return lives ? { marker, root: root.pid } : { marker };
  }
}
