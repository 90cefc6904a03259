import { MemorydError } from '../errors.ts';

export const defaultService = 'memory';

/** Lower case because it becomes a file name, a label and a pipe name, some of which ignore case. */
export const namePattern = /^[a-z][a-z0-9-]{0,30}[a-z0-9]$|^[a-z]$/;

/** Gives `name` back; throws `configuration` when it cannot name a service on every system. */
export function checkName(name: string): string {
  if (namePattern.test(name)) return name;
  throw new MemorydError(
    'configuration',
    `not a service name: ${JSON.stringify(name)} (lower-case letters, digits and inner dashes, at most 32, a letter first)`,
  );
}
