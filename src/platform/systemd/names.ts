import { posix } from 'node:path';
import type { User } from '../../system/system.ts';

/** The two units of a service: the socket holds the port, so that restarts and crashes refuse nobody. */
export interface UnitNames {
  service: string;
  socket: string;
}

export function unitNames(service: string): UnitNames {
  return { service: `memoryd-${service}.service`, socket: `memoryd-${service}.socket` };
}

/** The first line of every unit file of ours: whose it is. A file of that name without it is somebody else's. */
export function marker(service: string): string {
  return `# memoryd: unit of the service "${service}"`;
}

/** The user units of a configuration home, where the user's own files outrank the machine's. systemd.unit(5) */
export function unitDirectory(configHome: string): string {
  return posix.join(configHome, 'systemd', 'user');
}

/** XDG_CONFIG_HOME, or what stands for it. */
export function configHome(env: Readonly<Record<string, string | undefined>>, user: User): string {
  return env.XDG_CONFIG_HOME || posix.join(user.home, '.config');
}

/** Where a user manager looks for units and drop-ins, the first one wins: `systemctl --user show -p UnitPath`, less generators. */
export function userUnitPath(units: string, runtime: string | undefined, home: string): string[] {
  const runtimeDirectories = (...names: string[]) =>
    runtime === undefined ? [] : names.map((name) => posix.join(runtime, 'systemd', name));
  return [
    `${units}.control`,
    ...runtimeDirectories('user.control', 'transient'),
    units,
    '/etc/xdg/systemd/user',
    '/etc/systemd/user',
    ...runtimeDirectories('user'),
    '/run/systemd/user',
    posix.join(home, '.local/share/systemd/user'),
    '/usr/local/share/systemd/user',
    '/usr/share/systemd/user',
    '/usr/local/lib/systemd/user',
    '/usr/lib/systemd/user',
  ];
}

/** Where PID 1 looks for its units. */
export const systemUnitPath = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];

/** Drop-in directories of a unit: its own, and those of every prefix of its name that ends in a dash. systemd.unit(5) */
export function dropInDirectories(unit: string): string[] {
  const suffix = posix.extname(unit);
  const stem = unit.slice(0, -suffix.length);
  const dashes = [...stem.matchAll(/-/g)].map(({ index }) => `${stem.slice(0, index + 1)}${suffix}.d`);
  return [`${unit}.d`, ...dashes.reverse(), `${suffix.slice(1)}.d`];
}
