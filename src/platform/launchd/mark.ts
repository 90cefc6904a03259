import { keptAliveVariable } from '../../host/activation.ts';
import type { PrintedJob } from './parse.ts';

/** What memoryd leaves in a job's environment, in the plist and therefore in `launchctl print`, to know its own again. */

/** Holds the service's name: whose job this is. */
export const serviceVariable = keptAliveVariable;

/** Holds a digest of the plist: launchd keeps the definition it loaded, whatever the file says by now. */
export const unitVariable = 'MEMORYD_UNIT';

function stringAfter(key: string, plist: string): string | undefined {
  return new RegExp(`<key>${key}</key>\\s*<string>([A-Za-z0-9-]*)</string>`).exec(plist)?.[1];
}

/** A plist's digest if memoryd wrote it for `service`, else undefined. Reads text: `status` has no time for an XML parser. */
export function readMark(plist: string, service: string): { unit: string } | undefined {
  const unit = stringAfter(unitVariable, plist);
  return stringAfter(serviceVariable, plist) === service && unit !== undefined ? { unit } : undefined;
}

/** True when launchd printed what the job's definition adds to the environment, and our mark for `service` is not in it. */
export function isForeign({ environment }: PrintedJob, service: string): boolean {
  return environment !== undefined && environment.get(serviceVariable) !== service;
}

/** True when launchd runs another definition than the one with the digest `unit`; false where it does not say. */
export function isOlder({ environment }: PrintedJob, unit: string): boolean {
  const loaded = environment?.get(unitVariable);
  return loaded !== undefined && loaded !== unit;
}
