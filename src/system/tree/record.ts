/**
 * A tree as a sequence: each entry after the directory it is in, a file's content after it, `done` at the end.
 * Names are paths inside the tree, see names.ts. Times are nanoseconds since the epoch, in decimal.
 */
export type TreeRecord =
  | { kind: 'directory'; name: string; mode: number; mtime: string }
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
