import { MemorydError } from '../../errors.ts';

const unrepresentable = (what: string, value: string) =>
  new MemorydError('configuration', `task scheduler cannot express ${what} in ${JSON.stringify(value)}`);

/**
 * One argument of a Windows command line, escaped for CommandLineToArgvW and the C runtime of Microsoft: backslashes
 * are literal unless they precede a quote, where each is doubled. Throws `configuration` for NUL.
 */
function windowsArgument(value: string): string {
  if (value.includes('\0')) throw unrepresentable('NUL', value);
  if (value !== '' && !/[\s"]/.test(value)) return value;
  return `"${value.replace(/(\\*)(?:"|$)/g, (match, slashes: string) =>
    match.endsWith('"') ? `${slashes}${slashes}\\"` : `${slashes}${slashes}`,
  )}"`;
}

/** A whole argv as one command line. */
export function commandLine(argv: readonly string[]): string {
  return argv.map(windowsArgument).join(' ');
}

/**
 * Refuses what Task Scheduler replaces when it runs the action: `%name%` and `$(Arg0)`. It documents no way to escape
 * them.
 */
export function refuseVariables(value: string): string {
  if (/%[^%]+%/.test(value)) throw unrepresentable('a value between percent signs', value);
  if (value.includes('$(')) throw unrepresentable('"$("', value);
  return value;
}
