import { posix, win32 } from 'node:path';
import type { LegacyKind } from './finding.ts';
import type { KnownDaemon } from './known-daemons.ts';

type EntryEnvironment = Readonly<Record<string, string>>;

/**
 * Gives the file name of a path, without .exe or .cmd. Handles both separators, because Windows argv are also parsed on
 * Linux, in tests.
 */
export function fileName(word: string): string {
  const name = word.includes('\\') ? win32.basename(word) : posix.basename(word);
  return name.replace(/\.(exe|cmd)$/i, '');
}

/** Whether the words of `program` are adjacent in `argv`. The first is compared as a file name. */
function runs(argv: readonly string[], [first, ...rest]: readonly [string, ...string[]]): boolean {
  return argv.some((word, at) => {
    const same = first.startsWith('-') ? word === first : fileName(word) === first;
    return same && rest.every((other, i) => argv[at + 1 + i] === other);
  });
}

/** Whether an argv runs one of these programs. */
export function runsOneOf(
  argv: readonly string[] | undefined,
  programs: readonly (readonly [string, ...string[]])[],
): boolean {
  return programs.some((program) => runs(argv ?? [], program));
}

/** Gives the known daemon that an argv runs. */
export function daemonOf(argv: readonly string[], known: readonly KnownDaemon[]): KnownDaemon | undefined {
  return known.find(({ programs }) => runsOneOf(argv, programs));
}

/** Gives the known daemon of a manager's entry: by its command, else by the exact name that the project registered. */
export function recognise(
  kind: LegacyKind,
  name: string,
  argv: readonly string[] | undefined,
  known: readonly KnownDaemon[],
): KnownDaemon | undefined {
  const ignoresCase = kind === 'task' || kind === 'windows-service';
  const same = (other: string) => (ignoresCase ? other.toLowerCase() === name.toLowerCase() : other === name);
  return daemonOf(argv ?? [], known) ?? known.find(({ names }) => names[kind]?.some(same));
}

/** Gives the value of a flag, from `--flag value` or `--flag=value`. */
export function valueAfter(argv: readonly string[], flag: string): string | undefined {
  for (const [at, word] of argv.entries()) {
    if (word === flag) return argv[at + 1];
    if (word.startsWith(`${flag}=`)) return word.slice(flag.length + 1);
  }
  return undefined;
}

function firstSet(
  argv: readonly string[],
  environment: EntryEnvironment,
  said: { flags: readonly string[]; variables: readonly string[] },
): string | undefined {
  const flags = said.flags.map((flag) => valueAfter(argv, flag));
  const variables = said.variables.map((variable) => environment[variable]);
  return [...flags, ...variables].find((value) => value !== undefined && value !== '');
}

/** The port in `8080` or `127.0.0.1:8080`. */
function portIn(text: string | undefined): number | undefined {
  const digits = /(?:^|:)(\d{1,5})$/.exec(text ?? '')?.[1];
  const port = Number(digits);
  return digits !== undefined && port >= 1 && port <= 65_535 ? port : undefined;
}

/**
 * Gives the port of a daemon: from its argv or environment, else its usual port. For an unknown daemon only common
 * flags are read. `portTold` is false for the usual port.
 */
export function portOf(
  daemon: KnownDaemon | undefined,
  argv: readonly string[] | undefined,
  environment: EntryEnvironment,
): { port: number | undefined; portTold: boolean } {
  const said = daemon?.port ?? { flags: ['--port', '-p'], variables: ['PORT'], usual: undefined };
  const told = portIn(firstSet(argv ?? [], environment, said));
  return { port: told ?? said.usual, portTold: told !== undefined };
}

/** Gives the data directory of a daemon that runs with `home` as its home. Gives `undefined` for an unknown daemon. */
export function dataPathOf(
  daemon: KnownDaemon | undefined,
  argv: readonly string[] | undefined,
  environment: EntryEnvironment,
  home: string | undefined,
): string | undefined {
  if (daemon === undefined) return undefined;
  const said = firstSet(argv ?? [], environment, daemon.data);
  const path = home?.includes('\\') ? win32 : posix;
  const { inHome } = daemon.data;
  if (said === undefined)
    return home === undefined || inHome === undefined ? undefined : path.join(home, inHome);
  if (home !== undefined && (said === '~' || said.startsWith('~/'))) return path.join(home, said.slice(1));
  return path.isAbsolute(said) ? said : undefined;
}
