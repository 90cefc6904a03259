/** The arguments of a simple `status`. */
export interface FastStatusArguments {
  name: string | undefined;
  options: { json: boolean; fast: boolean };
}

/**
 * Parses the common command lines of `status` without loading commander, which takes as long to load as the whole
 * command takes to run. Returns `undefined` for any other command line, including help and mistakes: commander handles
 * those.
 */
export function parseFastStatus(args: readonly string[]): FastStatusArguments | undefined {
  const [command, ...rest] = args;
  const flags = rest.filter((arg) => arg.startsWith('-'));
  const names = rest.filter((arg) => !arg.startsWith('-'));
  const known = flags.every((flag) => flag === '--json' || flag === '--fast');
  if (command !== 'status' || !known || names.length > 1) return undefined;
  return { name: names[0], options: { json: flags.includes('--json'), fast: flags.includes('--fast') } };
}
