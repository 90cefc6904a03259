import { join } from 'node:path';
import type { Files } from '../../system/files.ts';
import { acceptsAt } from '../../system/socket.ts';
import type { System } from '../../system/system.ts';
import type { Pm2Facts } from './detect.ts';
import { readDump, readJlist } from './parse.ts';

/**
 * Gives the name of PM2's program. On Windows npm installs it as a .cmd file, which must be named in full when no shell
 * is used.
 */
export const pm2Program = (platform: NodeJS.Platform): string => (platform === 'win32' ? 'pm2.cmd' : 'pm2');

/** The file that `pm2 save` writes, and its backup. */
const dumpNames = ['dump.pm2', 'dump.pm2.bak'] as const;

/** Gives the directory of PM2's own files: PM2_HOME, else ~/.pm2. */
export function pm2Home({ env, user }: Pick<System, 'env' | 'user'>): string {
  return env.PM2_HOME || join(user.home, '.pm2');
}

/**
 * Lists PM2's processes. Every pm2 command starts PM2's daemon when it is not running, so its socket is checked first.
 */
async function processesOf(system: System, home: string) {
  const socket = system.platform === 'win32' ? '\\\\.\\pipe\\rpc.sock' : join(home, 'rpc.sock');
  if (!(await acceptsAt(socket))) return { live: false, processes: undefined };
  const env = { PM2_HOME: home };
  const result = await system.exec.run([pm2Program(system.platform), 'jlist'], { env });
  const processes = result.kind === 'exited' && result.code === 0 ? readJlist(result.stdout) : undefined;
  return { live: true, processes };
}

/** The saved apps as `pm2 resurrect` reads them: the backup is used when the list is missing or invalid. */
async function dumpOf(files: Files, home: string): Promise<Record<string, unknown>[] | undefined> {
  for (const name of dumpNames) {
    const read = await files.read(join(home, name));
    const list = read.kind === 'content' ? readDump(read.text) : undefined;
    if (list !== undefined) return list;
  }
  return undefined;
}

/** The files that `pm2 startup` wrote for this user. */
async function startupOf({ files, user, platform }: System): Promise<string[]> {
  const paths: string[] =
    platform === 'darwin'
      ? [
          join(user.home, 'Library', 'LaunchAgents', `pm2.${user.name}.plist`),
          `/Library/LaunchDaemons/pm2.${user.name}.plist`,
        ]
      : platform === 'linux'
        ? [`/etc/systemd/system/pm2-${user.name}.service`, `/etc/init.d/pm2-${user.name}`]
        : [];
  const seen = await Promise.all(
    paths.map(async (path) => ({ path, kind: (await files.inspect(path)).kind })),
  );
  return seen.filter(({ kind }) => kind !== 'absent').map(({ path }) => path);
}

/** Reads the state of this user's PM2 from its files and its daemon. Starts nothing. */
export async function probePm2(system: System): Promise<Pm2Facts> {
  const { files } = system;
  const home = pm2Home(system);
  const [dump, pids, logs, processes, startup] = await Promise.all([
    dumpOf(files, home),
    files.list(join(home, 'pids')),
    files.list(join(home, 'logs')),
    processesOf(system, home),
    startupOf(system),
  ]);
  return {
    home,
    ...processes,
    dump,
    files: [...pids.map((name) => `pids/${name}`), ...logs.map((name) => `logs/${name}`)],
    startup,
  };
}
