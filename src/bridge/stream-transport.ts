import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { type JSONRPCMessage, parseJSONRPCMessage, type Transport } from '@modelcontextprotocol/server';
import { codeOf } from '../errors.ts';

const newline = 0x0a;

/**
 * MCP over two streams, one message per line: the client side of a server on standard streams. A line that is not a
 * message is passed to `onStray`, because some servers print other text to standard output.
 */
export class StreamTransport implements Transport {
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  onmessage?: Transport['onmessage'];
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #onStray: (line: string) => void;
  #pieces: Buffer[] = [];
  readonly #lines: string[] = [];
  #delivering = false;
  #ended = false;
  #closed = false;

  constructor(input: Readable, output: Writable, onStray: (line: string) => void) {
    this.#input = input;
    this.#output = output;
    this.#onStray = onStray;
  }

  async start(): Promise<void> {
    this.#input.on('data', (chunk: Buffer) => this.#take(chunk));
    void finished(this.#input, { writable: false })
      .catch((error: Error) => {
        if (codeOf(error) !== 'ERR_STREAM_PREMATURE_CLOSE') this.onerror?.(error);
      })
      .then(() => this.#end());
    this.#output.on('error', (error) => this.onerror?.(error));
  }

  /**
   * Splits a chunk into lines. A line may have any length (a list of a hundred thousand memories), so its pieces are
   * joined only once.
   */
  #take(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      const line = Buffer.concat([...this.#pieces, chunk.subarray(from, end)]).toString('utf8');
      this.#pieces = [];
      from = end + 1;
      if (line !== '' && line !== '\r') this.#lines.push(line);
    }
    if (from < chunk.length) this.#pieces.push(chunk.subarray(from));
    if (!this.#delivering) this.#deliver();
  }

  /** Messages received before the end are still delivered. */
  #end(): void {
    this.#ended = true;
    if (!this.#delivering) this.#deliver();
  }

  /**
   * Delivers one message per turn of the event loop: the SDK drops the progress handler of a request in the turn in
   * which it gets the result.
   */
  #deliver(): void {
    const line = this.#lines.shift();
    this.#delivering = line !== undefined;
    if (line === undefined) {
      if (this.#ended) this.#over();
      return;
    }
    this.#line(line);
    setImmediate(() => this.#deliver());
  }

  #line(line: string): void {
    let message: JSONRPCMessage;
    try {
      message = parseJSONRPCMessage(JSON.parse(line));
    } catch {
      this.#onStray(line);
      return;
    }
    this.onmessage?.(message);
  }

  /** Resolves when the stream has room for more data. Rejects if the other end has closed it. */
  send(message: JSONRPCMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed || this.#output.destroyed) {
        return reject(Object.assign(new Error('the other end is gone'), { code: 'ERR_STREAM_DESTROYED' }));
      }
      const hasRoom = this.#output.write(`${JSON.stringify(message)}\n`, (error) => {
        if (error) reject(error);
        else if (!hasRoom) resolve();
      });
      if (hasRoom) resolve();
    });
  }

  /** No message comes any more. Messages can still be sent: the other end may have closed only its output. */
  #over(): void {
    const { onclose } = this;
    this.onclose = undefined;
    onclose?.();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#over();
  }
}
