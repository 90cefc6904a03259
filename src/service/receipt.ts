import {
  equals,
  isInteger,
  isObject,
  isString,
  isText,
  listOf,
  parseState,
  type Shape,
  type StateText,
} from './state-text.ts';
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

const shape: Shape<Receipt> = {
  schema: equals(1),
  service: isText,
  backend: isText,
  version: isText,
  build: isText,
  app: isText,
  node: isText,
  port: isInteger,
  units: listOf(isObject),
  definition: isString,
  installedAt: isText,
};

/** Reads a receipt's text (pure). */
export function parseReceipt(text: string): StateText<Receipt> {
  return parseState(text, shape);
}
