import { MemorydError } from '../../errors.ts';

/** Reads a stream in parts of the requested sizes. */
export class Taker {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** Gives the next `length` bytes. Throws `failed` when the stream ends before them. */
  async take(length: number): Promise<Buffer> {
    const parts = [this.#rest];
    let have = this.#rest.length;
    while (have < length) {
      const { value, done } = await this.#chunks.next();
      if (done) throw new MemorydError('failed', 'what is sent breaks off');
      parts.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
      have += value.byteLength;
    }
    const all = parts.length === 1 ? this.#rest : Buffer.concat(parts);
    this.#rest = all.subarray(length);
    return all.subarray(0, length);
  }

  /** Reads to the end and gives the last `length` bytes, or all when there are fewer. */
  async tail(length: number): Promise<Buffer> {
    let tail = this.#rest.subarray(-length);
    for (;;) {
      const { value, done } = await this.#chunks.next();
      if (done) return tail;
      tail = Buffer.concat([tail, value]).subarray(-length);
    }
  }
}
