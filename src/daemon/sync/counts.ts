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

/** The counters of the sync API since it was created. */
export type Counts = typeof nothing;

/** Increases one of the counters, by 1 by default. */
export type Count = (what: keyof Counts, by?: number) => void;

/** Makes counters that start at 0. */
export function createCounts(): { count: Count; counts(): Counts } {
  const counts = { ...nothing };
  return {
    count: (what, by = 1) => {
      counts[what] += by;
    },
    counts: () => ({ ...counts }),
  };
}
