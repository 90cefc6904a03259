/** State 0A of /proc/net/tcp: LISTEN. */
const listen = '0A';

/**
 * The inodes of the sockets on which `uid` listens on `port`, from the text of /proc/net/tcp and tcp6 (pure). proc(5)
 * The inode of a listening socket stays the same as long as some process holds it.
 */
export function listeningInodes(tables: readonly string[], port: number, uid: number): Set<string> {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = tables.flatMap((table) => table.split('\n').map((line) => line.trim().split(/\s+/)));
  return new Set(
    rows
      .filter((row) => row[1]?.endsWith(ending) && row[3] === listen && row[7] === String(uid))
      .flatMap((row) => row[9] ?? []),
  );
}
