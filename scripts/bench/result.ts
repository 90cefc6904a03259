/** The results of a series of measurements, in the unit of the table. */
export interface Row {
  name: string;
  runs: number;
  median: number;
  min: number;
  p90: number;
  p99: number;
  /** The median and minimum of this row, divided by those of the row `to`. */
  ratio?: { to: string; median: number; min: number };
}

/** A target and the measured value: a ratio, or a number in the unit of the section. */
export interface Target {
  what: string;
  limit: number;
  seen: number;
}

/** A table of results with its targets and notes. */
export interface Table {
  title: string;
  unit: string;
  rows: Row[];
  targets?: Target[];
  notes?: string[];
}

/** A part of the benchmarks. `run` measures and removes what it created. */
export interface Section {
  name: string;
  /** A description for the list of sections. */
  about: string;
  run(): Promise<Table[]>;
}
