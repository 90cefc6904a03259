/**
 * A tree as a sequence: each entry after the directory it is in, a file's content after it, `done` at the end.
 * Names are paths inside the tree, see names.ts. Times are nanoseconds since the epoch, in decimal.
 */
export type TreeRecord =
  | { kind: 'directory'; name: string; mtime: string }
  | { kind: 'link'; name: string; target: string }
  | { kind: 'file'; name: string; mode: number; mtime: string; size: number }
  | { kind: 'data'; bytes: Uint8Array }
  /** So many zeros, which take no place on disk. */
  | { kind: 'hole'; length: number }
  /** The hash of all of the file. */
  | { kind: 'end'; sha256: string }
  /** Left out, because there is nothing in it: a socket or a pipe. */
  | { kind: 'skipped'; name: string }
  | { kind: 'done'; files: number; bytes: number };

/** How much of a file is held at once. */
export const chunkBytes = 1 << 20;

/** How much a tree holds. `allocated` is less than `bytes` where there are holes. */
export interface TreeSize {
  files: number;
  bytes: number;
  allocated: number;
}

/** Reads records to their end and gives how much they are. Throws what the sender throws. */
export async function measureTree(records: AsyncIterable<TreeRecord>): Promise<TreeSize> {
  const size: TreeSize = { files: 0, bytes: 0, allocated: 0 };
  for await (const record of records) {
    if (record.kind === 'data') size.allocated += record.bytes.length;
    else if (record.kind === 'done') Object.assign(size, { files: record.files, bytes: record.bytes });
  }
  return size;
}
