import { walkTree } from './inspect.ts';
import { nameEncoding, shownName } from './names.ts';

export type ManifestEntry =
  | { kind: 'directory'; name: string }
  | { kind: 'link'; name: string; target: string }
  /** `mtime` in nanoseconds, exact to the microsecond on disk. */
  | { kind: 'file'; name: string; size: number; mtime: string; sha256: string };

/** What was written and verified. `skipped` are sockets and pipes, which hold no data. */
export interface Manifest {
  entries: ManifestEntry[];
  skipped: string[];
}

/**
 * Gives the files in the format of `sha256sum --check`, which must be run inside the tree. Names with a newline or
 * backslash are escaped as sha256sum does.
 */
export function checksumFile({ entries }: Manifest): Buffer {
  const lines = entries.flatMap((entry) => {
    if (entry.kind !== 'file') return [];
    const escaped = entry.name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
    return [`${escaped === entry.name ? '' : '\\'}${entry.sha256}  ${escaped}\n`];
  });
  return Buffer.from(lines.join(''), nameEncoding);
}

const micro = (nanoseconds: bigint | string): bigint => BigInt(nanoseconds) / 1000n;

/**
 * Gives the names of entries that changed since they were written, by size and time. Contents are not read. A float of
 * seconds is exact to a quarter of a microsecond, so the last digit may differ by one.
 */
export async function changesSince(root: string, { entries }: Manifest): Promise<string[]> {
  const expected = new Map(entries.map((entry) => [entry.name, entry]));
  const changed: string[] = [];
  for await (const entry of walkTree(root)) {
    const was = expected.get(entry.name);
    expected.delete(entry.name);
    if (was?.kind !== entry.kind) changed.push(entry.name);
    else if (was.kind === 'link' && entry.kind === 'link' && was.target !== entry.target)
      changed.push(entry.name);
    else if (was.kind === 'file' && entry.kind === 'file') {
      const drift = micro(was.mtime) - micro(entry.stats.mtimeNs);
      if (BigInt(was.size) !== entry.stats.size || drift > 1n || drift < -1n) changed.push(entry.name);
    }
  }
  return [...changed, ...expected.keys()].map(shownName);
}
