/** Why memories cannot be read or stored. */
export interface StoreProblem {
  kind: 'damaged' | 'empty' | 'newer' | 'unreadable' | 'read-only' | 'full' | 'failed';
  /** What was seen, with the path. */
  reason: string;
  /** A command that helps. */
  hint: string | null;
}

/** The schema that this version of memoryd writes. `install` and `start` refuse a store of a newer one. */
export const storeSchema = 3;
