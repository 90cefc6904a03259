import { keptAliveVariable } from '../../runtime/socket-activation.ts';
import type { PrintedJob } from './parse.ts';

/**
 * Two variables in a job's environment, in the plist and so in `launchctl print`, by which memoryd recognises its own
 * jobs.
 */

/** The name of the service that the job belongs to. */
export const serviceVariable = keptAliveVariable;

/** A digest of the plist: launchd keeps the definition that it loaded, even if the file has changed since. */
export const unitVariable = 'MEMORYD_UNIT';

function stringAfter(key: string, plist: string): string | undefined {
  return new RegExp(`<key>${key}</key>\\s*<string>([A-Za-z0-9-]*)</string>`).exec(plist)?.[1];
}

/**
 * The digest of a plist that memoryd wrote for `service`, else undefined. It is read as text, because loading an XML
 * parser would make `status` slow.
 */
export function readMark(plist: string, service: string): { unit: string } | undefined {
  const unit = stringAfter(unitVariable, plist);
  return stringAfter(serviceVariable, plist) === service && unit !== undefined ? { unit } : undefined;
}

/**
 * True if launchd printed the job's environment, and our mark for `service` is not in it. `own` are the files of the
 * last install: a job that was loaded from one of them is ours (N05).
 */
export function isForeign(
  { environment, path }: PrintedJob,
  service: string,
  own: ReadonlySet<string>,
): boolean {
  if (path !== undefined && own.has(path)) return false;
  return environment !== undefined && environment.get(serviceVariable) !== service;
}

/** True if launchd runs another definition than the one with the digest `unit`; false if it does not tell. */
export function isOlder({ environment }: PrintedJob, unit: string): boolean {
  const loaded = environment?.get(unitVariable);
  return loaded !== undefined && loaded !== unit;
}
