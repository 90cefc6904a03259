import { messageOf } from '../../errors.ts';
import type { ExternalSpec } from '../../external/spec.ts';
import type { Log } from '../../service/log.ts';
import type { Clock } from '../../system/clock.ts';

export interface MemoryLimitOptions {
  maxMemoryMb: number;
  spec: Pick<ExternalSpec, 'watch'>;
  clock: Clock;
  log: Log;
  /** In bytes; `undefined` if it cannot be measured. */
  memory(): Promise<number | undefined>;
  /** Called once. Measuring ends then. */
  onTooBig(why: string): void;
}

const megabyte = 1024 * 1024;

/** Measures the memory of a child, as often as its health is probed. */
export class MemoryLimit {
  readonly #options: MemoryLimitOptions;
  #timer: { cancel(): void } | undefined;
  #over = false;

  constructor(options: MemoryLimitOptions) {
    this.#options = options;
  }

  begin(): void {
    const { clock, spec } = this.#options;
    this.#timer = clock.after(spec.watch.intervalSecs * 1000, () => void this.#look());
  }

  end(): void {
    this.#over = true;
    this.#timer?.cancel();
  }

  async #look(): Promise<void> {
    const { maxMemoryMb, memory, onTooBig, log } = this.#options;
    try {
      const bytes = (await memory()) ?? 0;
      if (!this.#over && bytes > maxMemoryMb * megabyte) {
        this.end();
        log('child.too-big', { bytes, maxMemoryMb });
        onTooBig(`it used ${Math.round(bytes / megabyte)} MB, and the limit is ${maxMemoryMb} MB`);
      }
    } catch (error) {
      log('child.unmeasured', { error: messageOf(error) });
    }
    if (!this.#over) this.begin();
  }
}
