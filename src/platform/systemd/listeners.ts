import { readTcpRows } from '../../system/tcp-table.ts';

/** State 0A of /proc/net/tcp: LISTEN. */
const listen = '0A';

/**
 * The inodes of the sockets on which `uid` listens on `port`, from the text of /proc/net/tcp and tcp6 (pure). proc(5)
 * The inode of a listening socket stays the same as long as some process holds it.
 */
export function listeningInodes(tables: readonly string[], port: number, uid: number): Set<string> {
  const rows = tables.flatMap((table) => readTcpRows(table, port));
  return new Set(
    rows
      .filter((row) => row.local.port === port && row.state === listen && row.uid === uid)
      .map(({ inode }) => inode),
  );
}
