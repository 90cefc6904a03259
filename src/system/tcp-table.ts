import { readFile } from 'node:fs/promises';
import { codeOf } from '../errors.ts';

/** A row of /proc/net/tcp or tcp6. proc(5) */
export interface TcpRow {
  local: { address: string; port: number };
  remote: { address: string; port: number };
  /** Two hexadecimal digits: `01` is ESTABLISHED, `0A` is LISTEN. */
  state: string;
  uid: number;
  inode: string;
}

/** Bytes of an IPv4 address stand in the order of the processor; all that Node runs on are little-endian but s390x. */
function dotted(word: string): string {
  return [6, 4, 2, 0].map((at) => Number.parseInt(word.slice(at, at + 2), 16)).join('.');
}

const mapped = '0000000000000000FFFF0000';
const loopback6 = '00000000000000000000000001000000';

/** An address as Node spells it, where it is IPv4, IPv4 mapped into IPv6 or `::1`; any other stays as it is. */
function addressOf(hex: string): string {
  if (hex.length === 8) return dotted(hex);
  if (hex.startsWith(mapped)) return dotted(hex.slice(mapped.length));
  return hex === loopback6 ? '::1' : hex;
}

function endOf(column: string): TcpRow['local'] {
  const colon = column.lastIndexOf(':');
  return {
    address: addressOf(column.slice(0, colon)),
    port: Number.parseInt(column.slice(colon + 1), 16),
  };
}

/** The rows of a table that have `port` at either end; all of them without it (pure). */
export function readTcpRows(table: string, port?: number): TcpRow[] {
  const hex = port?.toString(16).toUpperCase().padStart(4, '0');
  return table.split('\n').flatMap((line) => {
    if (hex !== undefined && !line.includes(`:${hex} `)) return [];
    const [, local = '', remote = '', state, , , , uid, , inode] = line.trim().split(/\s+/);
    if (state === undefined || inode === undefined || !local.includes(':')) return [];
    return [{ local: endOf(local), remote: endOf(remote), state, uid: Number(uid), inode }];
  });
}

/** The tables of this network namespace. Throws when they are there and cannot be read. */
export async function tcpTables(): Promise<string[]> {
  return Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map(async (path) => {
      try {
        return await readFile(path, 'latin1');
      } catch (error) {
        // Without IPv6 there is no tcp6.
        if (codeOf(error) === 'ENOENT') return '';
        throw error;
      }
    }),
  );
}

/** One end of a connection, as Node spells it. */
export interface Peer {
  address: string;
  port: number;
}

/** How many connections a user has. */
export interface UserConnections {
  uid: number;
  connections: number;
}

function keyOf({ address, port }: Peer): string {
  return `${address.replace(/^::ffff:/, '')} ${port}`;
}

/** ESTABLISHED. A connection in another state may have lost its user: TIME_WAIT is told as root's. */
const established = '01';

/**
 * How many of `peers`, which are connected to our `port` from this machine, belong to which user, most first (pure). Their
 * own ends of the connections stand in the table too; those of another network namespace do not. Where most of the
 * peers have come and gone while the table was read, they are shared out as all connections to the port are.
 */
export function countByUser(
  tables: readonly string[],
  port: number,
  peers: readonly Peer[],
): UserConnections[] {
  const wanted = new Set(peers.map(keyOf));
  const held = new Map<number, number>();
  const all = new Map<number, number>();
  for (const { local, remote, state, uid } of tables.flatMap((table) => readTcpRows(table, port))) {
    if (remote.port !== port || state !== established) continue;
    all.set(uid, (all.get(uid) ?? 0) + 1);
    if (wanted.delete(keyOf(local))) held.set(uid, (held.get(uid) ?? 0) + 1);
  }
  if (wanted.size <= peers.length / 2) return inOrder(held);
  const total = [...all.values()].reduce((sum, count) => sum + count, 0);
  return inOrder([...all].map(([uid, count]) => [uid, Math.round((peers.length * count) / total)]));
}

function inOrder(counts: Iterable<[number, number]>): UserConnections[] {
  return [...counts]
    .map(([uid, connections]) => ({ uid, connections }))
    .sort((a, b) => b.connections - a.connections);
}
