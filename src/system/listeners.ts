import { readdir, readlink } from 'node:fs/promises';
import { codeOf } from '../errors.ts';
import type { System } from './system.ts';
import { readTcpRows, tcpTables } from './tcp-table.ts';

/** A listening TCP socket. */
export interface ListeningSocket {
  port: number;
  /** Where the system tells it: `127.0.0.1`, `::1`, `*`. */
  address?: string;
  /** Unix only. */
  uid: number | undefined;
  /** `undefined` if it belongs to another user and the system does not tell. */
  pid: number | undefined;
}

/** State LISTEN of /proc/net/tcp. */
const listening = '0A';

const gone = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM']);

async function orNothing<T>(answer: Promise<T>, nothing: T): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (gone.has(codeOf(error) ?? '')) return nothing;
    throw error;
  }
}

/** The processes that hold the sockets: those of this user, or all for root. */
async function holders(inodes: ReadonlySet<string>): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    for (const descriptor of await orNothing(readdir(`/proc/${pid}/fd`), [])) {
      const target = await orNothing(readlink(`/proc/${pid}/fd/${descriptor}`), '');
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode !== undefined && inodes.has(inode)) found.set(inode, Number(pid));
    }
  }
  return found;
}

async function onLinux(isWanted: (port: number) => boolean): Promise<ListeningSocket[]> {
  const rows = (await orNothing(tcpTables(), [])).flatMap((table) => readTcpRows(table));
  const sockets = rows
    .filter(({ state, local }) => state === listening && isWanted(local.port))
    .map(({ local, uid, inode }) => ({ ...local, uid, inode }));
  if (sockets.length === 0) return [];
  const pids = await holders(new Set(sockets.map(({ inode }) => inode)));
  return sockets.map(({ port, address, uid, inode }) => ({ port, address, uid, pid: pids.get(inode) }));
}

/**
 * The sockets on which processes listen, on any port. Linux only: elsewhere it is not worth a command, and nothing is
 * known.
 */
export async function listenedBy(
  { platform }: Pick<System, 'platform'>,
  pids: readonly number[],
): Promise<ListeningSocket[]> {
  if (platform !== 'linux' || pids.length === 0) return [];
  return (await onLinux(() => true)).filter(({ pid }) => pid !== undefined && pids.includes(pid));
}

/** `lsof -F pun`: a line per field, the process before its sockets (pure). */
export function readLsof(output: string): ListeningSocket[] {
  const sockets: ListeningSocket[] = [];
  let pid: number | undefined;
  let uid: number | undefined;
  for (const line of output.split('\n')) {
    const value = line.slice(1);
    if (line.startsWith('p')) pid = Number(value);
    else if (line.startsWith('u')) uid = Number(value);
    else if (line.startsWith('n')) sockets.push({ port: Number(/:(\d+)$/.exec(value)?.[1]), uid, pid });
  }
  return sockets.filter(({ port }) => Number.isInteger(port));
}

/** Parses `netstat -ano -p TCP` (pure). The names of states are localised, but only a listening socket has no peer. */
export function readNetstat(output: string): ListeningSocket[] {
  return output.split(/\r?\n/).flatMap((line) => {
    const [, port, pid] = /^\s*TCP\s+\S+:(\d+)\s+(?:0\.0\.0\.0|\[::\]):0\s+\S+\s+(\d+)\s*$/.exec(line) ?? [];
    return port === undefined ? [] : [{ port: Number(port), uid: undefined, pid: Number(pid) }];
  });
}

/** The listening sockets on any of `ports`, as far as this user may see them. One entry per port and process. */
export function listeningOn(
  system: Pick<System, 'platform' | 'exec'>,
  ports: readonly number[],
): Promise<ListeningSocket[]> {
  const wanted = new Set(ports);
  return listeners(system, (port) => wanted.has(port));
}

/** The ports on which any of these processes listens, lowest first, as far as this user may see them. */
export async function portsOf(
  system: Pick<System, 'platform' | 'exec'>,
  pids: readonly number[],
): Promise<number[]> {
  const sockets = await listeners(system, () => true);
  const ports = sockets.filter(({ pid }) => pid !== undefined && pids.includes(pid)).map(({ port }) => port);
  return [...new Set(ports)].toSorted((a, b) => a - b);
}

async function listeners(
  { platform, exec }: Pick<System, 'platform' | 'exec'>,
  isWanted: (port: number) => boolean,
): Promise<ListeningSocket[]> {
  let sockets: ListeningSocket[];
  if (platform === 'linux') sockets = await onLinux(isWanted);
  else {
    const argv = (
      platform === 'win32'
        ? ['netstat', '-ano', '-p', 'TCP']
        : ['lsof', '-nP', '-iTCP', '-sTCP:LISTEN', '-F', 'pun']
    ) as [string, ...string[]];
    const result = await exec.run(argv);
    const output = result.kind === 'exited' ? result.stdout : '';
    sockets = platform === 'win32' ? readNetstat(output) : readLsof(output);
  }
  const seen = new Set<string>();
  return sockets.filter(({ port, pid }) => {
    const key = `${port} ${pid}`;
    if (!isWanted(port) || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
