import { posix, win32 } from 'node:path';
import { MemorydError } from '../errors.ts';
import { fill, namesIn } from '../service/placeholder.ts';
import type { Argv } from '../system/exec.ts';
import type { System } from '../system/system.ts';
import { scriptOf } from './cmd-shim.ts';
import type { Place } from './place-schema.ts';
import { findPlaces } from './places.ts';

/** A command that can be run now. */
export interface FoundProgram {
  kind: 'found';
  /** The arguments as templates. `program` replaces the first. */
  argv: readonly string[];
  /** Absolute path of the program. */
  program: string;
  /** Arguments before its own: the script, if the program is Node. */
  prefix: readonly string[];
  /** It downloads what it runs. */
  downloads: boolean;
  /** The paths of the places it uses. */
  places: Readonly<Record<string, string>>;
}

export type Discovery =
  | FoundProgram
  | {
      kind: 'missing' /** A program or a place, each once. */;
      lacks: string[] /** The path that was searched. */;
      searched: string;
    };

interface ProgramQuery {
  commands: readonly { argv: readonly string[]; downloads: boolean }[];
  places: Readonly<Record<string, Place>>;
}

type DiscoverySystem = Pick<System, 'files' | 'platform' | 'user'>;

async function programPath(
  { files, platform }: DiscoverySystem,
  name: string,
  path: string,
): Promise<string | undefined> {
  const { isAbsolute } = platform === 'win32' ? win32 : posix;
  if (isAbsolute(name)) return (await files.inspect(name)).kind === 'absent' ? undefined : name;
  const { default: which } = await import('which');
  // Only Windows reads it.
  const pathExt = platform === 'win32' ? '.EXE;.COM;.CMD;.BAT' : '';
  return (await which(name, { path, pathExt, nothrow: true })) ?? undefined;
}

/** Replaces a batch file of npm by Node and its script. Throws `configuration` for other batch files. */
async function throughShim(
  machine: DiscoverySystem,
  program: string,
  path: string,
): Promise<Pick<FoundProgram, 'program' | 'prefix'>> {
  if (machine.platform !== 'win32' || !/\.(?:cmd|bat)$/i.test(program)) return { program, prefix: [] };
  const directory = win32.dirname(program);
  const read = await machine.files.read(program);
  const script = read.kind === 'content' ? scriptOf(read.text, win32.parse(program).name) : undefined;
  const beside = win32.join(directory, 'node.exe');
  const isBeside = (await machine.files.inspect(beside)).kind !== 'absent';
  const node = isBeside ? beside : await programPath(machine, 'node', path);
  if (script === undefined || node === undefined) {
    throw new MemorydError(
      'configuration',
      `command.0: ${program} is a batch file, which needs a shell: name the program that it starts`,
    );
  }
  return { program: node, prefix: [win32.join(directory, script)] };
}

function searchPath(env: System['env']): string {
  return Object.entries(env).find(([name]) => name.toUpperCase() === 'PATH')?.[1] ?? '';
}

/** What a user is told of a place that does not exist. */
const lackOf = ({ missing, paths }: Place): string => missing ?? (paths[0] as string);

/**
 * The first command whose program and places exist. `env` is the environment of the daemon, not ours. Only reads the
 * disk; runs nothing.
 */
export async function discover(
  machine: DiscoverySystem,
  wanted: ProgramQuery,
  env: System['env'],
  values: Readonly<Record<string, string>> = {},
): Promise<Discovery> {
  const lacks = new Set<string>();
  const home = machine.user.home;
  const path = searchPath(env);
  const places = await findPlaces(machine.files, wanted.places, home, env);
  for (const { argv, downloads } of wanted.commands) {
    const names = argv.flatMap(namesIn).filter((name) => Object.hasOwn(wanted.places, name));
    const missing = names.filter((name) => !Object.hasOwn(places, name));
    for (const name of missing) lacks.add(lackOf(wanted.places[name] as Place));
    if (missing.length > 0) continue;
    const name = fill(argv[0] as string, { ...values, home, ...places });
    const program = await programPath(machine, name, path);
    if (program !== undefined) {
      const runnable = await throughShim(machine, program, path);
      return { kind: 'found', argv, ...runnable, downloads, places };
    }
    lacks.add(name);
  }
  return { kind: 'missing', lacks: [...lacks], searched: path };
}

/** The complete argv, with placeholders filled in from `values` and the found places. */
export function argvOf(found: FoundProgram, values: Readonly<Record<string, string>>): Argv {
  const all = { ...values, ...found.places };
  return [found.program, ...found.prefix, ...found.argv.slice(1).map((argument) => fill(argument, all))];
}
