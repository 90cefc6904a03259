const nothing = {
  requests: 0,
  locksGranted: 0,
  lockConflicts: 0,
  filesServed: 0,
  filesStored: 0,
  bytesStored: 0,
  unauthorized: 0,
  rateLimited: 0,
  failed: 0,
};

/** What the sync API counts since it was mounted. */
export type Counts = typeof nothing;

/** Adds to one of the counts. */
export type Count = (what: keyof Counts, by?: number) => void;

export function createCounts(): { count: Count; counts(): Counts } {
  const counts = { ...nothing };
  return {
    count: (what, by = 1) => {
      counts[what] += by;
    },
    counts: () => ({ ...counts }),
  };
}
