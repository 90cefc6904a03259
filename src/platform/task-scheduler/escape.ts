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

/** Outside quotes, cmd.exe takes these for operators or separators, unless a caret stands before them. */
const special = /["&|<>()^,;=@\v\f\u00a0\u00ff]/g;

/**
 * Arguments that cmd.exe passes on unchanged, after `conhost` has put those with blanks, and only those, into quotes.
 * A quote within an argument ends the quoted text for cmd.exe, whatever precedes it, so the state goes through the whole
 * line. Throws `configuration` for line breaks, where cmd.exe ends the line.
 */
export function cmdArguments(argv: readonly string[]): string[] {
  let quoted = false;
  return argv.map((value) => {
    if (/[\r\n]/.test(value)) throw unrepresentable('a line break', value);
    const enclosed = /[ \t]/.test(value);
    if (enclosed) quoted = !quoted;
    const escaped = value.replace(special, (character) => {
      if (character !== '"') return quoted ? character : `^${character}`;
      quoted = !quoted;
      return character;
    });
    if (enclosed) quoted = !quoted;
    return escaped;
  });
}

/**
 * Refuses what Task Scheduler and cmd.exe replace when they run the action: `%name%` and `$(Arg0)`. There is no
 * documented way to escape them. Two percent signs with a backslash between them are parts of paths, and no variable
 * has such a name (N25).
 */
export function refuseVariables(value: string): string {
  if (/%[^%\\]+%/.test(value)) throw unrepresentable('a value between percent signs', value);
  if (value.includes('$(')) throw unrepresentable('"$("', value);
  return value;
}
