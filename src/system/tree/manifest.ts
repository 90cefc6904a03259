import { nameEncoding, shownName } from './names.ts';
import { walkTree } from './survey.ts';

export type ManifestEntry =
  | { kind: 'directory'; name: string }
  | { kind: 'link'; name: string; target: string }
  /** `mtime` in nanoseconds; on disk it is that to the microsecond. */
  | { kind: 'file'; name: string; size: number; mtime: string; sha256: string };

/** What was written and checked. `skipped`: sockets and pipes, in which there is nothing. */
export interface Manifest {
  entries: ManifestEntry[];
  skipped: string[];
}

/** The files as `sha256sum --check` reads them, run inside the tree; names with a newline or backslash are escaped as it does. */
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
 * What is not as it was written: names, shown. Sizes and times tell, contents are not read again.
 * A float of seconds holds a time to a quarter of a microsecond, so the last digit may be off by one.
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
