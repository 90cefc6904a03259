/** How long to wait before the next start, by how often it failed in a row. */
export interface Backoff {
  firstMs: number;
  maxMs: number;
}

/**
 * 0 after a run that had been well, then doubling from `firstMs` to `maxMs`, shortened by up to half at random, so that
 * what failed together does not try again together. `random` gives numbers from 0 to 1.
 */
export function backoffMs(failures: number, { firstMs, maxMs }: Backoff, random: () => number): number {
  if (failures === 0) return 0;
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 40));
  return Math.round(full * (1 - random() / 2));
}
