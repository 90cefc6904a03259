import { MemorydError } from '../errors.ts';
import { keepHint, shellLine } from '../service/shell-line.ts';
import type { Files } from '../system/files.ts';
import type { DataMove } from './data-move.ts';
import { refuseFullDisk, refuseUnwritable } from './disk-space.ts';
import { type Finding, idOf } from './finding.ts';
import type { MigrationPaths } from './paths.ts';
import { serviceNameFor } from './target.ts';

/**
 * Throws what would make the copy fail: `failed` for a target that exists or a full disk, `permission` for a target that
 * cannot be written. Called before anything is stopped, by the dry run too.
 */
export async function refuseImpossibleCopy(
  files: Pick<Files, 'inspect'>,
  data: DataMove,
  { backup }: Pick<MigrationPaths, 'backup'>,
): Promise<void> {
  if (data.kind === 'none') return;
  const to = data.kind === 'stay' ? backup : data.to;
  if ((await files.inspect(to)).kind !== 'absent')
    throw new MemorydError('failed', `${to} already exists`, { hint: keepHint(to) });
  await refuseUnwritable(to);
  await refuseFullDisk(to, data.allocated);
}

/** Throws `usage` when two of the findings would become services of the same name. */
export function refuseClash(findings: readonly Finding[]): void {
  const names = new Map<string, Finding>();
  for (const finding of findings.filter(({ handling }) => handling.kind === 'migrate')) {
    const name = serviceNameFor(finding);
    const other = names.get(name);
    if (other !== undefined) {
      const ids = `${idOf(other)} and ${idOf(finding)}`;
      throw new MemorydError('usage', `${ids} would both become the service "${name}"`, {
        hint: shellLine(['memoryd', 'migrate', `${name}-2`, '--from', idOf(finding)]),
      });
    }
    names.set(name, finding);
  }
}
