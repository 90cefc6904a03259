import type { BackendName } from './unit.ts';

/** What the last install that was verified left behind: lets `status` tell drift without rendering anything. */
export interface Receipt {
  schema: 1;
  service: string;
  backend: BackendName;
  version: string;
  build: string;
  /** Directory of the private copy of the program, and the node it runs on. */
  app: string;
  node: string;
  port: number;
  /** Unit files as they were written: to compare is cheaper than to hash, and a difference can be shown. */
  units: { path: string; content: string }[];
  /** The definition file's text that is in effect. */
  definition: string;
  installedAt: string;
}

/** Reads a receipt's text; `undefined` when it is not one. */
export function parseReceipt(text: string): Receipt | undefined {
  try {
    const value = JSON.parse(text) as Receipt;
    return value.schema === 1 && Array.isArray(value.units) ? value : undefined;
  } catch {
    return undefined;
  }
}
