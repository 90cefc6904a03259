import { posix } from 'node:path';
import type { User } from '../../system/system.ts';

/**
 * The two units of a service. The socket holds the port, so that no connection is refused during restarts and crashes.
 */
export interface UnitNames {
  service: string;
  socket: string;
}

export function unitNames(service: string): UnitNames {
  return { service: `memoryd-${service}.service`, socket: `memoryd-${service}.socket` };
}

/** Whether a directory of units holds the links that start others together with one unit. */
export function holdsLinks(name: string): boolean {
  return /\.(wants|requires|upholds)$/.test(name);
}

/**
 * The first line of every unit file that memoryd writes. A file of that name without it was written by something else.
 */
export function marker(service: string): string {
  return `# memoryd: unit of the service "${service}"`;
}

/**
 * The directory of user units in a configuration home. Its files take precedence over those of the machine.
 * systemd.unit(5)
 */
export function unitDirectory(configHome: string): string {
  return posix.join(configHome, 'systemd', 'user');
}

/** XDG_CONFIG_HOME, or its default. */
export function configHome(env: Readonly<Record<string, string | undefined>>, user: User): string {
  return env.XDG_CONFIG_HOME || posix.join(user.home, '.config');
}

/**
 * The directories in which a user manager looks for units and drop-ins; the first match counts. As `systemctl --user
 * show -p UnitPath`, without generators.
 */
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

/** The directories in which PID 1 looks for units. */
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
