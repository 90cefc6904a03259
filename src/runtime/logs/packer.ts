import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { messageOf } from '../../errors.ts';
import type { Log } from '../../service/log.ts';
import type { Clock } from '../../system/clock.ts';
import { packedSuffix, sortLogNames } from './names.ts';

/** Writers switch to a later file before they write, so after this time every write to an older file has ended. */
const quietMs = 60_000;
/** Timers may fire slightly early. */
const marginMs = 1000;
const partSuffix = `${packedSuffix}.part`;

/**
 * Compresses the full log files of a service, one after another, in another thread. Only for the one host of the
 * service.
 */
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

  /** Compresses files to which no process can be writing. */
  pack(): void {
    this.#packing = this.#packing.then(() => this.#packAll());
  }

  /** Compresses the files that are full now, once no process can be writing to them. */
  packLater(): void {
    this.#clock.after(quietMs + marginMs, () => this.pack());
  }

  async #packAll(): Promise<void> {
    try {
      const files = await readdir(this.#directory);
      // Partial files of an interrupted compression. Their originals still exist.
      const isPart = (file: string) => file.startsWith(`${this.#service}-`) && file.endsWith(partSuffix);
      for (const part of files.filter(isPart)) await rm(join(this.#directory, part), { force: true });
      const full = sortLogNames(this.#service, files).slice(0, -1);
      for (const { file, packed } of full) if (!packed) await this.#pack(join(this.#directory, file));
    } catch (error) {
      this.#log('log.unpacked', { why: messageOf(error) });
    }
  }

  /** The original is removed last: an interruption loses no line, and shows none twice. */
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
