import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../../service/log.ts';
import type { Clock } from '../../system/clock.ts';
import { dayOf, logFileName, sortLogNames } from './names.ts';
import { expiredLogs, type LogPolicy } from './retention.ts';

interface OpenLogFile {
  descriptor: number;
  day: string;
  sequence: number;
}

/**
 * Appends JSON lines to the daily log file of a service. The kernel has a line when `write` returns, so the last lines
 * before a crash are kept. Several processes may write at once (supervisor and host do). Never throws: a line that
 * cannot be written is counted in `dropped`, and the count is logged once there is space again.
 */
export class LogWriter {
  readonly #directory: string;
  readonly #service: string;
  readonly #clock: Clock;
  readonly #policy: LogPolicy;
  #open: OpenLogFile | undefined;
  #torn = false;
  #unreported = 0;
  /** The number of lines lost since this writer was created. */
  dropped = 0;
  /** Called after the writer has switched to another file. */
  onNewFile: () => void = () => undefined;

  constructor(directory: string, service: string, policy: LogPolicy, clock: Clock) {
    this.#directory = directory;
    this.#service = service;
    this.#policy = policy;
    this.#clock = clock;
  }

  readonly write: Log = (event, fields = {}) => {
    this.#write((time) => `${JSON.stringify({ time, event, ...fields })}\n`, 1);
  };

  /** Writes output of a daemon with one time and in one write: it may have a hundred thousand lines per second. */
  writeLines(event: string, lines: readonly string[]): void {
    this.#write((time) => {
      const head = `${JSON.stringify({ time, event }).slice(0, -1)},"line":`;
      return lines.map((line) => `${head}${JSON.stringify(line)}}\n`).join('');
    }, lines.length);
  }

  #write(textAt: (time: string) => string, lines: number): void {
    const time = this.#clock.now();
    const text = textAt(time.toISOString());
    try {
      const descriptor = this.#descriptorFor(dayOf(time), Buffer.byteLength(text));
      this.#reportDropped(descriptor, time);
      this.#append(descriptor, text);
    } catch {
      // ENOSPC, EDQUOT, EROFS, EACCES, or a removed directory: only the count can report it.
      this.dropped += lines;
      this.#unreported += lines;
      this.close();
    }
  }

  close(): void {
    if (this.#open === undefined) return;
    const { descriptor } = this.#open;
    this.#open = undefined;
    try {
      closeSync(descriptor);
    } catch {
      // Closing a file on a full or removed file system repeats the error of the write. The descriptor is closed
      // anyway.
      this.#torn = true;
    }
  }

  #append(descriptor: number, line: string): void {
    const bytes = Buffer.from(this.#torn ? `\n${line}` : line);
    const written = writeSync(descriptor, bytes);
    // A disk that fills up may take only part of a line. The next line must then start with a line end. write(2)
    this.#torn = written < bytes.length;
    if (this.#torn) throw new Error('short write');
  }

  #reportDropped(descriptor: number, time: Date): void {
    if (this.#unreported === 0) return;
    const entry = { time: time.toISOString(), event: 'log.dropped', lines: this.#unreported };
    this.#append(descriptor, `${JSON.stringify(entry)}\n`);
    this.#unreported = 0;
  }

  /** The descriptor to append `more` bytes to. Switches to another file if the day or the size requires it. */
  #descriptorFor(day: string, more: number): number {
    if (this.#open?.day === day) {
      const { size, nlink } = fstatSync(this.#open.descriptor);
      const fits = size === 0 || size + more <= this.#policy.maxFileBytes;
      if (nlink > 0 && fits && !this.#isPast(this.#open)) return this.#open.descriptor;
    }
    this.close();
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    const sequence = this.#sequenceFor(day, more);
    this.#open = { descriptor: openSync(this.#pathOf(day, sequence), 'a', 0o600), day, sequence };
    this.#expire();
    this.onNewFile();
    return this.#open.descriptor;
  }

  #sequenceFor(day: string, more: number): number {
    const { sequence = 0, packed } = this.#names().findLast((name) => name.day === day) ?? {};
    if (packed) return sequence + 1;
    const size = statSync(this.#pathOf(day, sequence), { throwIfNoEntry: false })?.size ?? 0;
    return size > 0 && size + more > this.#policy.maxFileBytes ? sequence + 1 : sequence;
  }

  #pathOf(day: string, sequence: number): string {
    return join(this.#directory, logFileName(this.#service, day, sequence));
  }

  /** Whether another writer has started the next file: readers have switched to it, and this one may be compressed. */
  #isPast({ day, sequence }: OpenLogFile): boolean {
    return statSync(this.#pathOf(day, sequence + 1), { throwIfNoEntry: false }) !== undefined;
  }

  #names() {
    return sortLogNames(this.#service, readdirSync(this.#directory));
  }

  /**
   * Windows cannot delete a file that a reader has open without sharing. Such a file is deleted at the next rotation.
   */
  #expire(): void {
    if (this.#open === undefined) return;
    try {
      const sizeOf = (file: string) =>
        statSync(join(this.#directory, file), { throwIfNoEntry: false })?.size ?? 0;
      const logs = this.#names().map((name) => ({ ...name, bytes: sizeOf(name.file) }));
      for (const file of expiredLogs(logs, this.#policy, this.#open.day))
        unlinkSync(join(this.#directory, file));
    } catch (error) {
      this.#append(
        this.#open.descriptor,
        `${JSON.stringify({ time: this.#clock.now().toISOString(), event: 'log.kept', why: String(error) })}\n`,
      );
    }
  }
}
