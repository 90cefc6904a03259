import type { Row } from './result.ts';

/** Something to measure. Each call returns one measurement. */
export interface Contestant {
  name: string;
  measure(): number | Promise<number>;
  /** The name of the contestant to compare it with. */
  over?: string;
  /** How often it runs instead of `rounds` times, for slow ones. */
  rounds?: number;
}

/** The quantile `share` of sorted values. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The median, minimum and percentiles of `values`. */
export function rowOf(name: string, values: readonly number[]): Row {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    name,
    runs: sorted.length,
    median: quantile(sorted, 0.5),
    min: sorted[0] ?? Number.NaN,
    p90: quantile(sorted, 0.9),
    p99: quantile(sorted, 0.99),
  };
}

/** Adds the ratio to the row named `to`. */
export function compared(row: Row, rows: readonly Row[], to: string | undefined): Row {
  const base = rows.find(({ name }) => name === to);
  if (base === undefined || base.min === 0) return row;
  const ratio = { to: base.name, median: row.median / base.median, min: row.min / base.min };
  return { ...row, ratio };
}

/**
 * Measures all contestants in turns, so that other load on the machine affects all of them. The order alternates from
 * round to round. The first measurement of each is not counted.
 */
export async function inTurns(rounds: number, contestants: readonly Contestant[]): Promise<Row[]> {
  const values = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (const one of contestants) await one.measure();
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? contestants : contestants.toReversed();
    for (const { name, measure, rounds: most = rounds } of order) {
      if (round < most) values.get(name)?.push(await measure());
    }
  }
  const rows = [...values].map(([name, all]) => rowOf(name, all));
  return rows.map((row, index) => compared(row, rows, contestants[index]?.over));
}

/** The ratio of the named row, as `inTurns` returned it. */
export function ratioOf(rows: readonly Row[], name: string): number {
  return rows.find((row) => row.name === name)?.ratio?.median ?? Number.NaN;
}
