import { readTcpRows } from '../../system/tcp-table.ts';

/** State 0A of /proc/net/tcp: LISTEN. */
const listen = '0A';

/**
 * Inodes of the sockets that `uid` listens with on `port`, from the text of /proc/net/tcp and tcp6 (pure). proc(5)
 * The inode of a listening socket stays the same as long as anybody holds it, whoever that is.
 */
export function listeningInodes(tables: readonly string[], port: number, uid: number): Set<string> {
  const rows = tables.flatMap((table) => readTcpRows(table, port));
  return new Set(
    rows
      .filter((row) => row.local.port === port && row.state === listen && row.uid === uid)
      .map(({ inode }) => inode),
  );
}
