import { join } from 'node:path';
import { MemorydError } from '../errors.ts';
import { shellLine } from '../service/shell-line.ts';
import type { User } from '../system/system.ts';
import { type Finding, idOf } from './finding.ts';

/** What happens to the data. */
export type DataMove =
  | { kind: 'none' }
  /** The data belongs to the user and stays in place. A copy is kept for a rollback. */
  | { kind: 'stay'; path: string; bytes: number; allocated: number }
  /** Copied to a path that does not exist yet. The original is not changed and serves as the backup. */
  | { kind: 'copy'; from: string; to: string; bytes: number; allocated: number; asRoot: boolean };

function refuseObstacles(finding: Finding): void {
  if (finding.data.kind !== 'directory' || finding.data.obstacles.length === 0) return;
  const { path, obstacles } = finding.data;
  const [first = '', ...rest] = obstacles;
  const more = rest.length === 0 ? '' : ` and ${rest.length} more like it`;
  throw new MemorydError('failed', `the data in ${path} cannot be moved completely: ${first}${more}`, {
    hint: shellLine(['ls', '-lR', path]),
  });
}

/** The path in this user's home that corresponds to `path` in the home `from`. */
function pathInHome(path: string, from: string | undefined, user: User): string | undefined {
  if (from === undefined || !path.startsWith(from)) return undefined;
  return join(user.home, ...path.slice(from.length).split(/[\\/]/).filter(Boolean));
}

/** A directory in this user's home with the same base name as the old one. */
function newHome(path: string, user: User): string {
  return join(user.home, path.split(/[\\/]/).filter(Boolean).at(-1) ?? 'memories');
}

/**
 * Gives what happens to a finding's data. Throws `failed` when it cannot be copied completely, `usage` when no target
 * is known.
 */
export function dataMoveOf(finding: Finding, user: User, dataTo?: string): DataMove {
  const { data } = finding;
  if (data.kind === 'unknown' || data.kind === 'absent') return { kind: 'none' };
  const extent = data.kind === 'closed' ? { bytes: 0, allocated: 0 } : data;
  if (data.kind === 'directory') refuseObstacles(finding);
  const { path } = data;
  const { bytes, allocated } = extent;
  const mine = data.kind === 'directory' && data.mine;
  if (mine && dataTo === undefined) return { kind: 'stay', path, bytes, allocated };
  const to = dataTo ?? pathInHome(path, finding.home, user);
  if (to === undefined) {
    throw new MemorydError(
      'usage',
      `--data-to is needed: it is unknown where the data in ${path} should go`,
      {
        hint: shellLine(['memoryd', 'migrate', '--from', idOf(finding), '--data-to', newHome(path, user)]),
      },
    );
  }
  return {
    kind: 'copy',
    from: path,
    to,
    bytes,
    allocated,
    asRoot: data.kind === 'closed' || data.rootOnly,
  };
}

/** Replaces the old data directory with the new one in a word of an argv or environment. */
export function relocated(text: string, data: DataMove, old: string | undefined): string {
  if (data.kind !== 'copy' || old === undefined) return text;
  const at = text.indexOf(old);
  if (at < 0 || /[\w.-]/.test(text[at + old.length] ?? '')) return text;
  return `${text.slice(0, at)}${data.to}${text.slice(at + old.length)}`;
}

/** The path of a finding's data, or `undefined` when it is unknown. */
export function oldPath({ data }: Finding): string | undefined {
  return 'path' in data ? data.path : undefined;
}
