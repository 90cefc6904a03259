import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { messageOf } from '../../errors.ts';
import type { LogWriter } from '../../runtime/logs/writer.ts';
import { LineSplitter } from '../line-splitter.ts';

const tailLines = 5;

/**
 * Writes the output of a child to the log, whatever it contains and however fast it comes. Reading pauses during a
 * write, so the pipe blocks the child and our memory does not fill up.
 */
export class Capture {
  readonly #log: LogWriter;
  readonly #redact: (text: string) => string;
  #tail: string[] = [];
  #streams: Promise<void>[] = [];

  constructor(log: LogWriter, redact: (text: string) => string) {
    this.#log = log;
    this.#redact = redact;
  }

  /** The last lines of the last child, oldest first. */
  get lastLines(): readonly string[] {
    return this.#tail;
  }

  /** Starts reading the output of a child. `stdout` is false if standard output carries a protocol. */
  follow(child: ChildProcess, { stdout }: { stdout: boolean }): void {
    this.#tail = [];
    this.#streams = [
      ...(stdout && child.stdout !== null ? [this.#drain(child.stdout, 'stdout')] : []),
      ...(child.stderr === null ? [] : [this.#drain(child.stderr, 'stderr')]),
    ];
  }

  /** Resolves when all output of the child is in the log. */
  async drained(): Promise<void> {
    await Promise.all(this.#streams);
  }

  async #drain(stream: Readable, event: 'stdout' | 'stderr'): Promise<void> {
    let lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(this.#redact(line)));
    const flush = () => {
      if (lines.length === 0) return;
      this.#log.writeLines(event, lines);
      this.#tail = [...this.#tail, ...lines.slice(-tailLines)].slice(-tailLines);
      lines = [];
    };
    stream.on('data', (chunk: Buffer) => {
      splitter.push(chunk);
      flush();
    });
    try {
      await finished(stream, { writable: false });
    } catch (error) {
      this.#log.write('child.output', { event, error: messageOf(error) });
    }
    splitter.end();
    flush();
  }
}
