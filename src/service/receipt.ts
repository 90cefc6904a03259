import {
  equals,
  isInteger,
  isObject,
  isString,
  isText,
  listOf,
  oneOf,
  parseState,
  type Shape,
  type StateText,
} from './state-text.ts';
import { type BackendName, backendNames } from './unit.ts';

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

const shape: Shape<Receipt> = {
  schema: equals(1),
  service: isText,
  backend: oneOf(backendNames),
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
