import { posix } from 'node:path';
import type { System } from '../../system/system.ts';
import { configHome, marker, unitDirectory, unitNames } from './names.ts';
import { unitArguments } from './unit-arguments.ts';

/** A service unit on disk: the configuration home that it lies in, and its command line. */
export interface FoundUnit {
  configHome: string;
  arguments: string[];
}

/**
 * The unit of a service, also where XDG_CONFIG_HOME is set in this shell only: the user manager looks below ~/.config
 * then (N07). `undefined` if memoryd wrote no unit of that name.
 */
export async function findUnit(
  { env, user, files }: Pick<System, 'env' | 'user' | 'files'>,
  service: string,
): Promise<FoundUnit | undefined> {
  for (const home of new Set([configHome(env, user), posix.join(user.home, '.config')])) {
    const read = await files.read(posix.join(unitDirectory(home), unitNames(service).service));
    if (read.kind === 'content' && read.text.startsWith(`${marker(service)}\n`))
      return { configHome: home, arguments: unitArguments(read.text) };
  }
  return undefined;
}

/** The names of the services that have a unit. */
export async function unitServices({
  env,
  user,
  files,
}: Pick<System, 'env' | 'user' | 'files'>): Promise<string[]> {
  const homes = new Set([configHome(env, user), posix.join(user.home, '.config')]);
  const listed = await Promise.all([...homes].map((home) => files.list(unitDirectory(home))));
  return listed.flat().flatMap((name) => /^memoryd-(.+)\.service$/.exec(name)?.[1] ?? []);
}
