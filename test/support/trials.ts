/** Of `all` random trials, a tenth in the quick lane, which runs at every change; `npm test` runs all of them. */
export const trials = (all: number): number =>
  process.env.MEMORYD_TEST_FAST === '1' ? Math.ceil(all / 10) : all;
