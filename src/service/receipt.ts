import type { BackendName } from './unit.ts';

/** The record of the last verified install. It lets `status` detect drift without rendering units. */
export interface Receipt {
  schema: 1;
  service: string;
  backend: BackendName;
  version: string;
  build: string;
  /** The directory of the private copy of the program, and the Node binary it runs on. */
  app: string;
  node: string;
  port: number;
  /** The unit files as written. Comparing them is cheaper than hashing, and the difference can be shown. */
  units: { path: string; content: string }[];
  /** The text of the definition that is in effect. */
  definition: string;
  installedAt: string;
}

/** Parses a receipt; `undefined` if it is invalid. */
export function parseReceipt(text: string): Receipt | undefined {
  try {
    const value = JSON.parse(text) as Receipt;
    return value.schema === 1 && Array.isArray(value.units) ? value : undefined;
  } catch {
    return undefined;
  }
}
