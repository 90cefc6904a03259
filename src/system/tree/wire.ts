import { MemorydError } from '../../errors.ts';
import type { TreeRecord } from './record.ts';

/** A frame: length of its JSON header (4 bytes, big-endian), the header, then as many raw bytes as `raw` in it says. */
type Header = Record<string, unknown> & { raw?: number };

const longestHeader = 1 << 20;

export function encodeRecord(record: TreeRecord): Buffer {
  const raw = record.kind === 'data' ? record.bytes : new Uint8Array();
  const header: Header = record.kind === 'data' ? { kind: 'data', raw: raw.length } : { ...record };
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json, raw]);
}

/** Reads exactly the requested number of bytes from a stream. */
class Taker {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** Throws `failed` when the stream ends before `length` bytes. */
  async take(length: number): Promise<Buffer> {
    const parts = [this.#rest];
    let have = this.#rest.length;
    while (have < length) {
      const { value, done } = await this.#chunks.next();
      if (done) throw new MemorydError('failed', 'the stream ended early');
      parts.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
      have += value.byteLength;
    }
    const all = parts.length === 1 ? this.#rest : Buffer.concat(parts);
    this.#rest = all.subarray(length);
    return all.subarray(0, length);
  }
}

/** Decodes records from the bytes of `encodeRecord`, up to `done`. */
export async function* decodeRecords(stream: AsyncIterable<Uint8Array>): AsyncGenerator<TreeRecord> {
  const taker = new Taker(stream);
  for (;;) {
    const length = (await taker.take(4)).readUInt32BE();
    if (length > longestHeader) throw new MemorydError('failed', 'the stream is not a directory tree');
    const { raw, ...header } = JSON.parse((await taker.take(length)).toString('utf8')) as Header;
    const bytes = raw === undefined ? undefined : await taker.take(raw);
    const record = (bytes === undefined ? header : { ...header, bytes }) as TreeRecord;
    yield record;
    if (record.kind === 'done') return;
  }
}
