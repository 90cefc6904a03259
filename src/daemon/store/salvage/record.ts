/** A value of a record. The text of a blob is not needed here, only that it is one. */
export type Value = null | number | string | 'blob';

/** Thrown when bytes are not a record. */
class NotARecord extends Error {}

/** Reads a variable-length integer: its value and the place after it. */
export function varint(bytes: Buffer, at: number): [number, number] {
  let value = 0n;
  for (let n = 0; n < 9; n += 1) {
    const byte = bytes[at + n];
    if (byte === undefined) throw new NotARecord();
    if (n === 8) return [Number(BigInt.asIntN(64, (value << 8n) | BigInt(byte))), at + 9];
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (byte < 0x80) return [Number(value), at + n + 1];
  }
  throw new NotARecord();
}

const integerBytes = [0, 1, 2, 3, 4, 6, 8];

function sizeOf(type: number): number {
  if (type >= 12) return Math.floor((type - 12) / 2);
  if (type === 7) return 8;
  return integerBytes[type] ?? 0;
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(type: number, bytes: Buffer): Value {
  if (type >= 12) return type % 2 === 1 ? strict.decode(bytes) : 'blob';
  if (type === 0) return null;
  if (type === 7) return bytes.readDoubleBE(0);
  if (type === 8 || type === 9) return type - 8;
  if (type === 6) return Number(bytes.readBigInt64BE(0));
  if (type > 9) throw new NotARecord();
  return bytes.readIntBE(0, bytes.length);
}

/**
 * Parses a record of a table or an index; gives `undefined` for bytes that are not one.
 * https://sqlite.org/fileformat.html#record_format
 */
export function parseRecord(payload: Buffer): Value[] | undefined {
  try {
    const [headerEnd, first] = varint(payload, 0);
    if (headerEnd > payload.length || headerEnd < first) return undefined;
    const values: Value[] = [];
    let body = headerEnd;
    for (let at = first; at < headerEnd; ) {
      const [type, next] = varint(payload, at);
      const end = body + sizeOf(type);
      if (end > payload.length) return undefined;
      values.push(decode(type, payload.subarray(body, end)));
      [at, body] = [next, end];
    }
    return body === payload.length ? values : undefined;
  } catch {
    // Bytes that are no record, or no text.
    return undefined;
  }
}
