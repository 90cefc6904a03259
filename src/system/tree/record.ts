/**
 * A tree as a sequence of records: every entry comes after its directory, the content of a file after the file, and
 * `done` at the end. Names are paths inside the tree, see names.ts. Times are nanoseconds since the epoch, in decimal.
 */
export type TreeRecord =
  | { kind: 'directory'; name: string; mtime: string }
  | { kind: 'link'; name: string; target: string }
  | { kind: 'file'; name: string; mode: number; mtime: string; size: number }
  | { kind: 'data'; bytes: Uint8Array }
  /** A run of zeros, which takes no space on disk. */
  | { kind: 'hole'; length: number }
  /** The hash of the whole file. */
  | { kind: 'end'; sha256: string }
  /** Skipped, because it holds no data: a socket or a pipe. */
  | { kind: 'skipped'; name: string }
  | { kind: 'done'; files: number; bytes: number };

/** The largest part of a file that is held in memory at once, in bytes. */
export const chunkBytes = 1 << 20;

/** The size of a tree. `allocated` is less than `bytes` where files are sparse. */
export interface TreeSize {
  files: number;
  bytes: number;
  allocated: number;
}

/** Reads records to their end and gives the size of the tree. Throws what the sender throws. */
export async function measureTree(records: AsyncIterable<TreeRecord>): Promise<TreeSize> {
  const size: TreeSize = { files: 0, bytes: 0, allocated: 0 };
  for await (const record of records) {
    if (record.kind === 'data') size.allocated += record.bytes.length;
    else if (record.kind === 'done') Object.assign(size, { files: record.files, bytes: record.bytes });
  }
  return size;
}
