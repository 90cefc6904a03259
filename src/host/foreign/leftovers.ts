import { join } from 'node:path';
import { MemorydError } from '../../errors.ts';
import type { ServicePaths } from '../../layout.ts';
import type { Log } from '../../service/log.ts';
import { killTree } from '../../system/process-tree.ts';
import type { System } from '../../system/system.ts';

/**
 * The marks of the trees that hosts of this service started and have not seen end: on disk before the first process of
 * a tree is, so that the next host finds what one that was killed left behind.
 */
export class Leftovers {
  readonly #system: Pick<System, 'files' | 'platform' | 'exec'>;
  readonly #path: string;

  constructor(system: Pick<System, 'files' | 'platform' | 'exec'>, { state }: Pick<ServicePaths, 'state'>) {
    this.#system = system;
    this.#path = join(state, 'tree.json');
  }

  /** Only for the holder of the instance lock, before it starts anything. Throws `failed` when something will not die. */
  async sweep(log: Log): Promise<void> {
    const marker = await this.#read();
    if (marker === undefined) return;
    const left = await killTree(this.#system, { marker });
    log('child.swept', { left: left.length });
    if (left.length > 0) {
      throw new MemorydError(
        'failed',
        `an earlier run is still there and cannot be killed: ${left.join(', ')}`,
      );
    }
  }

  /** What the next tree will be marked with. */
  async keep(marker: string): Promise<void> {
    await this.#system.files.write(this.#path, `${JSON.stringify({ schema: 1, marker })}\n`, 0o600);
  }

  /** There is nothing left. */
  async forget(): Promise<void> {
    await this.#system.files.remove(this.#path);
  }

  async #read(): Promise<string | undefined> {
    const read = await this.#system.files.read(this.#path);
    if (read.kind !== 'content') return undefined;
    try {
      const { marker } = JSON.parse(read.text) as { marker?: unknown };
      return typeof marker === 'string' && marker !== '' ? marker : undefined;
    } catch {
      // A file cut off by a crash of the machine: then its processes are gone too.
      return undefined;
    }
  }
}
