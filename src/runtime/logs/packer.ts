import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { messageOf } from '../../errors.ts';
import type { Log } from '../../service/log.ts';
import type { Clock } from '../../system/clock.ts';
import { packedSuffix, sortLogNames } from './names.ts';

/** Writers move on before they write where there is a later file; a write that had begun by then is long over. */
const quietMs = 60_000;
/** Timers may come a little early. */
const marginMs = 1000;
const partSuffix = `${packedSuffix}.part`;

/** Packs a service's full log files, one after another and off this thread. Only for the one host of the service. */
export class LogPacker {
  readonly #directory: string;
  readonly #service: string;
  readonly #clock: Clock;
  readonly #log: Log;
  #packing: Promise<void> = Promise.resolve();

  constructor(directory: string, service: string, clock: Clock, log: Log) {
    this.#directory = directory;
    this.#service = service;
    this.#clock = clock;
    this.#log = log;
  }

  /** Packs what nobody can be writing to any more. */
  pack(): void {
    this.#packing = this.#packing.then(() => this.#packAll());
  }

  /** Packs as soon as that is true of all that is full now. */
  packLater(): void {
    this.#clock.after(quietMs + marginMs, () => this.pack());
  }

  async #packAll(): Promise<void> {
    try {
      const files = await readdir(this.#directory);
      // Whoever was killed in the middle left these; their originals are still there.
      const isPart = (file: string) => file.startsWith(`${this.#service}-`) && file.endsWith(partSuffix);
      for (const part of files.filter(isPart)) await rm(join(this.#directory, part), { force: true });
      const full = sortLogNames(this.#service, files).slice(0, -1);
      for (const { file, packed } of full) if (!packed) await this.#pack(join(this.#directory, file));
    } catch (error) {
      this.#log('log.unpacked', { why: messageOf(error) });
    }
  }

  /** The original goes last: cut off anywhere, no line is lost, and none is shown twice. */
  async #pack(path: string): Promise<void> {
    const part = `${path}${partSuffix}`;
    const { mtimeMs } = await stat(path);
    if (this.#clock.now().getTime() - mtimeMs < quietMs) return;
    const reading = createReadStream(path);
    await pipeline(reading, createGzip(), createWriteStream(part, { mode: 0o600, flush: true }));
    if ((await stat(path)).size !== reading.bytesRead) return rm(part);
    await rename(part, `${path}${packedSuffix}`);
    await rm(path);
  }
}
