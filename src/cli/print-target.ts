import { sep } from 'node:path';
import { MemorydError } from '../errors.ts';
import type { Machine } from '../install/service-lock.ts';
import { type Roots, type ServicePaths, servicePaths } from '../layout.ts';
import { usualRoots } from '../system/roots.ts';
import { currentSid } from '../system/sid.ts';
import type { System, User } from '../system/system.ts';

/** The systems that a unit can be printed for. */
export type Platform = 'linux' | 'darwin' | 'win32';

/** The machine to print a unit for: this one, or a typical one of another system. */
export interface PrintTarget {
  platform: Platform;
  roots: Roots;
  paths: ServicePaths;
  user: User & { sid?: string };
  node: string;
  configHome: string;
  /** Values that are unknown here, with the examples that are printed instead. Empty when everything is known. */
  placeholders: Readonly<Record<string, string>>;
  /** Joins a path with the separator of that machine. */
  joinPath(...parts: string[]): string;
}

/** The usual home directories and programs of each system. */
const usual = {
  linux: {
    home: (user: string) => `/home/${user}`,
    node: '/usr/bin/node',
    config: '.config',
    separator: '/',
  },
  darwin: {
    home: (user: string) => `/Users/${user}`,
    node: '/opt/homebrew/bin/node',
    config: 'Library/Preferences',
    separator: '/',
  },
  win32: {
    home: (user: string) => `C:\\Users\\${user}`,
    node: 'C:\\Program Files\\nodejs\\node.exe',
    config: 'AppData\\Roaming',
    separator: '\\',
  },
};

const speller =
  (separator: string) =>
  (...parts: string[]): string =>
    parts.join(separator).replaceAll(sep, separator);

function spelled(paths: ServicePaths, spell: PrintTarget['joinPath']): ServicePaths {
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, spell(path)])) as never;
}

/** The user's SID if it can be found. A task also accepts the account name, until the account is renamed. */
async function sidOf({ exec }: Pick<System, 'exec'>): Promise<string | undefined> {
  try {
    const found = await currentSid(exec);
    return found.kind === 'sid' ? found.sid : undefined;
  } catch (error) {
    if (error instanceof MemorydError) return undefined;
    throw error;
  }
}

const byName = (user: string): string => `${user} (install writes the SID)`;

async function thisMachineTarget(
  machine: Machine,
  service: string,
  platform: Platform,
): Promise<PrintTarget> {
  const { system, roots, configHome } = machine;
  const sid = platform === 'win32' ? await sidOf(system) : undefined;
  return {
    platform,
    roots,
    paths: servicePaths(roots, service),
    user: { ...system.user, ...(sid === undefined ? {} : { sid }) },
    node: process.execPath,
    configHome,
    placeholders: platform === 'win32' && sid === undefined ? { user: byName(system.user.name) } : {},
    joinPath: speller(sep),
  };
}

/** The machine to print for. Throws `usage` for an unsupported system. */
export async function printTargetFor(
  machine: Machine,
  service: string,
  asked?: Platform,
): Promise<PrintTarget> {
  const platform = asked ?? (machine.system.platform as Platform);
  const known = usual[platform];
  if (known === undefined) throw new MemorydError('usage', `unsupported platform: ${platform}`);
  if (platform === machine.system.platform) return thisMachineTarget(machine, service, platform);
  const { user } = machine.system;
  const home = known.home(user.name);
  const roots = usualRoots(platform, home);
  const spell = speller(known.separator);
  return {
    platform,
    roots,
    paths: spelled(servicePaths(roots, service), spell),
    user: { ...user, home },
    node: known.node,
    configHome: spell(home, known.config),
    placeholders: {
      home,
      node: known.node,
      ...(platform === 'win32' ? { user: byName(user.name) } : {}),
    },
    joinPath: spell,
  };
}
