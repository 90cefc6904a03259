// The results of test files, and their sum. Pure.

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** One test file: its first run, and its second run alone if it failed beside other files. */
export interface FileResult {
  file: string;
  seconds: number;
  first: Counts;
  second?: Counts;
}

export const noCounts: Counts = { passed: 0, failed: 0, skipped: 0 };

/** The sum of two counts. */
export const add = (a: Counts, b: Counts): Counts => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

/** Whether the file failed beside others and passed alone. */
export const isFlaky = ({ first, second }: FileResult): boolean => first.failed > 0 && second?.failed === 0;

/**
 * The sum of all files. The second run of a file replaces its first. With `strict` each flaky file counts as one more
 * failure: on a developer's machine other programs may have used the processors, in CI there are none.
 */
export function total(results: readonly FileResult[], strict: boolean): Counts {
  const sum = results.map(({ first, second }) => second ?? first).reduce(add, noCounts);
  return strict ? { ...sum, failed: sum.failed + results.filter(isFlaky).length } : sum;
}

/** The slowest files, one per line. */
export function slowest(results: readonly FileResult[], count: number): string[] {
  return [...results]
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, count)
    .map(({ file, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${file}`);
}

export const lastLine = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;
