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

/** The mark, and the root by pid and start identity once there is one. */
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

/** A host that has stopped answering may still be on its way out. */
const hostEndsMs = 2000;

/**
 * Ends what hosts left behind of a service that nobody hosts any more, for whoever has stopped it. While there is a host
 * it is left to that. Throws `failed` when something will not die.
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
 * The tree that a host of this service started and has not seen end: on disk before the first process of it is, so that
 * the next host finds what one that was killed left behind.
 */
export class Leftovers {
  readonly #system: LeftoversSystem;
  readonly #paths: Pick<ServicePaths, 'state'>;

  constructor(system: LeftoversSystem, paths: Pick<ServicePaths, 'state'>) {
    this.#system = system;
    this.#paths = paths;
  }

  /** Whether there may be some. */
  async exist(): Promise<boolean> {
    return (await this.#read()) !== undefined;
  }

  /** Kills them. Only for the holder of the instance lock, before it starts anything. Throws `failed` when something will not die. */
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

  /** What the next tree will be marked with, and who its root is: some programs write their title over their environment. */
  async keep(marker: string, pid?: number): Promise<void> {
    const start = pid === undefined ? undefined : this.#system.processes.startIdentity(pid);
    const root = pid === undefined || start === undefined ? {} : { root: { pid, start } };
    await treeFile.write(this.#system.files, this.#paths, { schema: 1, marker, ...root });
  }

  /** There is nothing left. */
  async forget(): Promise<void> {
    await this.#system.files.remove(treeFile.path(this.#paths));
  }

  /** A file cut off by a crash of the machine is none: then its processes are gone too. Throws `permission` for one that cannot be read. */
  async #read(): Promise<Tree | undefined> {
    const record = await treeFile.value(this.#system.files, this.#paths);
    if (record === undefined) return undefined;
    const { marker, root } = record;
    const lives = root !== undefined && this.#system.processes.startIdentity(root.pid) === root.start;
    return lives ? { marker, root: root.pid } : { marker };
  }
}
