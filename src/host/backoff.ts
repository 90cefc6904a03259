/** The bounds of the delay before the next start. */
export interface Backoff {
  firstMs: number;
  maxMs: number;
}

/**
 * The delay before the next start: 0 after a successful run, then doubling from `firstMs` to `maxMs`. Up to half of it
 * is subtracted at random, so that services that failed together do not restart together. `random` gives numbers from 0
 * to 1.
 */
export function backoffMs(failures: number, { firstMs, maxMs }: Backoff, random: () => number): number {
  if (failures === 0) return 0;
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 40));
  return Math.round(full * (1 - random() / 2));
}
