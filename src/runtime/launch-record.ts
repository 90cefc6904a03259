import { join } from 'node:path';
import type { ServicePaths } from '../layout.ts';
import {
  equals,
  isBoolean,
  isInteger,
  isObject,
  isString,
  listOf,
  nullOr,
  parseState,
  type Shape,
  type StateText,
} from '../service/state-text.ts';

/** How to start a supervisor that no manager starts: the unit of the standalone backend. */
export interface LaunchRecord {
  schema: 1;
  service: string;
  description: string;
  argv: [string, ...string[]];
  workingDirectory: string;
  listen: { host: string; port: number } | null;
  startTimeoutSecs: number;
  stopTimeoutSecs: number;
  startAtLogin: boolean;
}

const shape: Shape<LaunchRecord> = {
  schema: equals(1),
  service: isString,
  description: isString,
  argv: (value) => listOf(isString)(value) && (value as unknown[]).length > 0,
  workingDirectory: isString,
  listen: nullOr(isObject),
  startTimeoutSecs: isInteger,
  stopTimeoutSecs: isInteger,
  startAtLogin: isBoolean,
};

/** The path of the launch record. */
export function recordPath({ state }: Pick<ServicePaths, 'state'>): string {
  return join(state, 'standalone.json');
}

/** Parses the text of a record (pure). */
export function parseRecord(text: string): StateText<LaunchRecord> {
  return parseState(text, shape);
}
