import { listeningOn } from '../../system/listeners.ts';
import { treeVariable } from '../../system/process-tree.ts';
import type { System } from '../../system/system.ts';
import type { KnownDaemon } from '../known-daemons.ts';
import type { Listener } from './detect.ts';

type ProcessArgv = [string, ...string[]];

const argvOf = (words: readonly string[]): ProcessArgv | undefined => {
  const [first, ...rest] = words;
  return first === undefined || first === '' ? undefined : [first, ...rest];
};

/** proc(5): each word ends with NUL. The file is empty for kernel threads and zombies. */
async function linuxArgv({ files }: System, pid: number): Promise<ProcessArgv | undefined> {
  const read = await files.read(`/proc/${pid}/cmdline`);
  return read.kind === 'content' ? argvOf(read.text.replace(/\0$/, '').split('\0')) : undefined;
}

/** The argv from ps, split at spaces. It is precise enough to recognise a program, not to start it again. */
async function psArgv({ exec }: System, pid: number): Promise<ProcessArgv | undefined> {
  const result = await exec.run(['ps', '-o', 'args=', '-p', String(pid)], { env: { LC_ALL: 'C' } });
  return result.kind === 'exited' && result.code === 0
    ? argvOf(result.stdout.trim().split(/\s+/))
    : undefined;
}

/** The argv of a process. Not read on Windows, where only PowerShell could give it. */
async function argvOfProcess(system: System, pid: number): Promise<ProcessArgv | undefined> {
  if (system.platform === 'linux') return linuxArgv(system, pid);
  return system.platform === 'win32' ? undefined : psArgv(system, pid);
}

/** Whether a memoryd host started it. Such a process is not the older service, even with the same argv (X03). */
async function isKept({ files }: System, pid: string): Promise<boolean> {
  const read = await files.read(`/proc/${pid}/environ`);
  return read.kind === 'content' && `\0${read.text}`.includes(`\0${treeVariable}=`);
}

/**
 * Lists this user's processes that can be read, without those of memoryd services. Gives none outside Linux, because
 * other systems do not give the exact argv.
 */
export async function processList(system: System): Promise<{ pid: number; argv: ProcessArgv }[]> {
  if (system.platform !== 'linux') return [];
  const pids = (await system.files.list('/proc')).filter((name) => /^\d+$/.test(name));
  const seen = await Promise.all(
    pids.map(async (pid) => {
      const stats = await system.files.inspect(`/proc/${pid}`);
      const mine = stats.kind === 'directory' && stats.stats.uid === system.user.uid;
      const counts = mine && !(await isKept(system, pid));
      return { pid: Number(pid), argv: counts ? await linuxArgv(system, Number(pid)) : undefined };
    }),
  );
  return seen.filter((one): one is { pid: number; argv: ProcessArgv } => one.argv !== undefined);
}

/** Lists the listeners on the ports of memory daemons. */
export async function probeListeners(
  system: System,
  known: readonly KnownDaemon[],
  accounts: ReadonlyMap<number, string>,
): Promise<Listener[]> {
  const ports = new Set(known.flatMap((daemon) => daemon.ports));
  const sockets = await listeningOn(system, [...ports]);
  return Promise.all(
    sockets.map(async ({ port, pid, uid }): Promise<Listener> => {
      const argv = pid === undefined ? undefined : await argvOfProcess(system, pid);
      const runsAs = uid === undefined ? system.user.name : (accounts.get(uid) ?? `user ${uid}`);
      return { port, pid, argv, runsAs };
    }),
  );
}
