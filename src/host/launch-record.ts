import { join } from 'node:path';
import type { ServicePaths } from '../layout.ts';

/** What a supervisor that no manager starts is started as: the unit of the standalone backend. */
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

export type ParsedRecord = { kind: 'valid'; record: LaunchRecord } | { kind: 'invalid'; why: string };

export function recordPath({ state }: Pick<ServicePaths, 'state'>): string {
  return join(state, 'standalone.json');
}

/** Reads a record's text. */
export function parseRecord(text: string): ParsedRecord {
  let value: Partial<LaunchRecord> | null;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { kind: 'invalid', why: (error as SyntaxError).message };
  }
  const argv = value?.argv;
  const whole =
    value?.schema === 1 &&
    typeof value.service === 'string' &&
    typeof value.workingDirectory === 'string' &&
    typeof value.startAtLogin === 'boolean' &&
    Number.isInteger(value.startTimeoutSecs) &&
    Number.isInteger(value.stopTimeoutSecs) &&
    Array.isArray(argv) &&
    argv.length > 0 &&
    argv.every((argument) => typeof argument === 'string');
  return whole
    ? { kind: 'valid', record: value as LaunchRecord }
    : { kind: 'invalid', why: 'not a launch record' };
}
