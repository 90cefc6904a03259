/** What a series of measurements came to, in the table's unit. */
export interface Row {
  name: string;
  runs: number;
  median: number;
  min: number;
  p90: number;
  p99: number;
  /** This row's median and min over those of the row it is paired with. */
  ratio?: { to: string; median: number; min: number };
}

/** What was hoped for and what was seen, as a ratio or a number of the section's unit. */
export interface Target {
  what: string;
  limit: number;
  seen: number;
}

/** A table and what there is to say of it. */
export interface Table {
  title: string;
  unit: string;
  rows: Row[];
  targets?: Target[];
  notes?: string[];
}

/** One part of the benchmarks; `run` measures and cleans up behind itself. */
export interface Section {
  name: string;
  /** One line for the list of sections. */
  about: string;
  run(): Promise<Table[]>;
}
