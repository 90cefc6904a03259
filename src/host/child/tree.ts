import { messageOf } from '../../errors.ts';
import { type Guard, guardGroup } from '../../external/guard.ts';
import type { ServicePaths } from '../../layout.ts';
import { Leftovers } from '../../runtime/leftovers.ts';
import type { Log } from '../../service/log.ts';
import { killTree, treeVariable } from '../../system/process-tree.ts';
import { randomHex } from '../../system/random.ts';
import type { System } from '../../system/system.ts';
import { treeMemory } from '../../system/tree-memory.ts';

/** A look at every process of the machine is not for everybody who asks at once. */
const measuredMs = 1000;

/** All that comes of a child: marked, on record, guarded and measured while it lives, and ended to the last process. */
export class ChildTree {
  readonly #system: System;
  readonly #log: Log;
  readonly #leftovers: Leftovers;
  #marker = '';
  #root: number | undefined;
  #guard: Guard | undefined;
  #recording: Promise<void> = Promise.resolve();
  #measured: { at: number; bytes: Promise<number | undefined> } | undefined;

  constructor(system: System, paths: Pick<ServicePaths, 'state'>, log: Log) {
    this.#system = system;
    this.#log = log;
    this.#leftovers = new Leftovers(system, paths);
  }

  /** Ends what an earlier host left behind. Throws `failed` when something will not die. */
  sweepEarlier(): Promise<void> {
    return this.#leftovers.sweep(this.#log);
  }

  /** Variables that the next child must be started with. They are on record when this resolves. */
  async mark(): Promise<Record<string, string>> {
    // A slow record of the last child must not come after that of the next.
    await this.#recording;
    this.#marker = randomHex(16);
    await this.#leftovers.keep(this.#marker);
    return { [treeVariable]: this.#marker };
  }

  /** The marked child has been started as `pid`. */
  adopt(pid: number): void {
    this.#root = pid;
    this.#measured = undefined;
    this.#guard = guardGroup(this.#system, pid, this.#log);
    this.#recording = this.#leftovers.keep(this.#marker, pid).catch((error: unknown) => {
      this.#log('child.unrecorded', { error: messageOf(error) });
    });
  }

  /** The child is gone, and what came of it. */
  release(): void {
    this.#guard?.release();
    this.#root = undefined;
  }

  /** Kills the child and what is left of its tree. */
  async kill(root: number): Promise<void> {
    const left = await killTree(this.#system, { marker: this.#marker, root });
    if (left.length > 0) this.#log('child.left', { pids: left });
  }

  /** What all of it takes, in bytes, at most a second ago; `undefined` where nothing tells, and while there is no child. */
  async memory(): Promise<number | undefined> {
    if (this.#root === undefined) return undefined;
    const now = this.#system.clock.monotonic();
    if (this.#measured === undefined || now - this.#measured.at > measuredMs) {
      const bytes = treeMemory(this.#system, { marker: this.#marker, root: this.#root });
      this.#measured = { at: now, bytes };
    }
    return this.#measured.bytes;
  }

  /** There is nothing left that the next host should look for. */
  async forget(): Promise<void> {
    await this.#recording;
    await this.#leftovers.forget();
  }
}
