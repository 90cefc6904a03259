import { posix } from 'node:path';

/** A directory variable of this shell that memoryd does not use, and the reason. */
export interface IgnoredVariable {
  name: string;
  value: string;
  reason: string;
}

const directoryVariables = ['XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME'] as const;

/** Directories that are emptied at a boot or a logout. */
const temporary = ['/tmp', '/var/tmp', '/dev/shm', '/run'];

const isBelow = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(`${directory}/`);

/**
 * The snap or Flatpak app that owns a directory below `home`, and takes it along when it is updated or removed;
 * undefined for any other directory. A terminal inside such an app has its directories in these variables (N07).
 */
export function appOf(path: string, home: string): string | undefined {
  const relative = isBelow(path, home) ? posix.relative(home, path) : '';
  const snap = /^snap\/([^/]+)\/(?:x?\d+|current|common)(?:\/|$)/.exec(relative)?.[1];
  if (snap !== undefined) return `the snap ${snap}`;
  const flatpak = /^\.var\/app\/([^/]+)(?:\/|$)/.exec(relative)?.[1];
  return flatpak === undefined ? undefined : `the Flatpak app ${flatpak}`;
}

function reasonToIgnore(value: string, home: string): string | undefined {
  // XDG Base Directory Specification: "All paths … must be absolute", relative ones are to be ignored (N32).
  if (!posix.isAbsolute(value)) return 'it is not an absolute path';
  const path = posix.normalize(value);
  const app = appOf(path, home);
  if (app !== undefined) return `it belongs to ${app}`;
  const volatile = temporary.find((directory) => isBelow(path, directory) && !isBelow(home, directory));
  return volatile === undefined ? undefined : `${volatile} is emptied`;
}

/** The directory variables whose directories are no place for a service (pure). */
export function ignoredVariables(
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): IgnoredVariable[] {
  return directoryVariables.flatMap((name) => {
    const value = env[name];
    const reason = value ? reasonToIgnore(value, home) : undefined;
    return value && reason !== undefined ? [{ name, value, reason }] : [];
  });
}
