import { messageOf } from '../../errors.ts';
import { type Guard, guardGroup } from '../../external/guard.ts';
import type { ServicePaths } from '../../layout.ts';
import { Leftovers } from '../../runtime/leftovers.ts';
import type { Log } from '../../service/log.ts';
import { findTree, killTree, treeVariable } from '../../system/process-tree.ts';
import { randomHex } from '../../system/random.ts';
import type { System } from '../../system/system.ts';
import { treeMemory } from '../../system/tree-memory.ts';

/** A measurement is reused for this long, because it reads every process of the machine. */
const measuredMs = 1000;

/**
 * The processes of a child and its descendants: marked, recorded, guarded and measured while they run, and all ended
 * with the child.
 */
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

  /** Ends processes that an earlier host left behind. Throws `failed` if one cannot be ended. */
  sweepEarlier(): Promise<void> {
    return this.#leftovers.sweep(this.#log);
  }

  /** Returns variables for the environment of the next child. They are recorded on disk when this resolves. */
  async mark(): Promise<Record<string, string>> {
    // A slow write for the last child must not follow the one for the next child.
    await this.#recording;
    this.#marker = randomHex(16);
    await this.#leftovers.keep(this.#marker);
    return { [treeVariable]: this.#marker };
  }

  /** The marked child was started as `pid`. */
  adopt(pid: number): void {
    this.#root = pid;
    this.#measured = undefined;
    this.#guard = guardGroup(this.#system, pid, this.#log);
    this.#recording = this.#leftovers.keep(this.#marker, pid).catch((error: unknown) => {
      this.#log('child.unrecorded', { error: messageOf(error) });
    });
  }

  /** The processes of the child and its descendants. */
  async pids(): Promise<number[]> {
    if (this.#root === undefined) return [];
    return findTree(this.#system, { marker: this.#marker, root: this.#root });
  }

  /** The child and its descendants have ended. */
  release(): void {
    this.#guard?.release();
    this.#root = undefined;
  }

  /** Kills the child and the rest of its tree. */
  async kill(root: number): Promise<void> {
    const left = await killTree(this.#system, { marker: this.#marker, root });
    if (left.length > 0) this.#log('child.left', { pids: left });
  }

  /**
   * The memory of the tree in bytes, at most a second old; `undefined` if it cannot be measured or there is no child.
   */
  async memory(): Promise<number | undefined> {
    if (this.#root === undefined) return undefined;
    const now = this.#system.clock.monotonic();
    if (this.#measured === undefined || now - this.#measured.at > measuredMs) {
      const bytes = treeMemory(this.#system, { marker: this.#marker, root: this.#root });
      this.#measured = { at: now, bytes };
    }
    return this.#measured.bytes;
  }

  /** Removes the record: nothing is left for the next host to end. */
  async forget(): Promise<void> {
    await this.#recording;
    await this.#leftovers.forget();
  }
}
