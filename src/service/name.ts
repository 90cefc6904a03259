import { MemorydError } from '../errors.ts';

export const defaultService = 'memory';

/** The name of an environment variable that a shell can set. */
export const variablePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Lower case because it becomes a file name, a label and a pipe name, some of which ignore case. */
export const namePattern = /^[a-z][a-z0-9-]{0,30}[a-z0-9]$|^[a-z]$/;

/** Windows opens a device for file names such as `con.json` (N25). */
const device = /^(?:con|prn|aux|nul|com\d|lpt\d)$/;

/** The rule of `namePattern`, for messages. */
export const nameRule =
  'must be lower-case letters, digits and inner dashes, at most 32 characters, beginning with a letter, and no device of Windows such as con or nul';

/** Returns `name`. Throws `configuration` if it cannot name a service on every system. */
export function checkName(name: string): string {
  if (namePattern.test(name) && !device.test(name)) return name;
  throw new MemorydError('configuration', `not a service name: ${JSON.stringify(name)}: ${nameRule}`);
}
