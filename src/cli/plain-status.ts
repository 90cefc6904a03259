/** `status` said in the plainest way. */
export interface PlainStatus {
  name: string | undefined;
  options: { json: boolean; fast: boolean };
}

/**
 * Reads the command lines of `status` that agents and prompts run all day, without the parser, whose loading costs as
 * much as all that `status` does. Anything else, help and mistakes included, is `undefined`: for the parser to judge.
 */
export function plainStatus(args: readonly string[]): PlainStatus | undefined {
  const [command, ...rest] = args;
  const flags = rest.filter((arg) => arg.startsWith('-'));
  const names = rest.filter((arg) => !arg.startsWith('-'));
  const known = flags.every((flag) => flag === '--json' || flag === '--fast');
  if (command !== 'status' || !known || names.length > 1) return undefined;
  return { name: names[0], options: { json: flags.includes('--json'), fast: flags.includes('--fast') } };
}
