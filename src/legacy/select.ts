import { MemorydError } from '../errors.ts';
import { oneOf } from '../service/problem.ts';
import { shellLine } from '../service/shell-line.ts';
import { type Finding, idOf, type LegacyKind, legacyKinds } from './finding.ts';

/** Parses `--from kind[:name]`. Throws `usage` for an unknown kind. */
export function parseFrom(from: string): { kind: LegacyKind; name: string | undefined } {
  const at = from.indexOf(':');
  const kind = at < 0 ? from : from.slice(0, at);
  const known = legacyKinds.find((one) => one === kind);
  if (known !== undefined) return { kind: known, name: at < 0 ? undefined : from.slice(at + 1) };
  throw new MemorydError('usage', `--from: must begin with ${oneOf(legacyKinds)}: ${kind}`, {
    hint: 'memoryd migrate --dry-run',
  });
}

/**
 * Gives the full name of an entry. systemd adds `.service` to a bare name; Task Scheduler looks for a name without a
 * folder in the root folder.
 */
export function fullName(kind: LegacyKind, name: string): string {
  if (kind === 'system-unit' || kind === 'user-unit') return /\.\w+$/.test(name) ? name : `${name}.service`;
  return kind === 'task' && !name.startsWith('\\') ? `\\${name}` : name;
}

const movable = (finding: Finding): boolean => finding.handling.kind === 'migrate';

function several(findings: readonly Finding[]): MemorydError {
  const ids = findings.map(idOf);
  return new MemorydError('usage', `--from is needed: there are several older services: ${ids.join(', ')}`, {
    hint: shellLine(['memoryd', 'migrate', '--from', ids[0] ?? '']),
  });
}

/**
 * Selects findings: those of `from`, all that can be migrated, or the only one.
 * Throws `usage` when there are several and none is named, `not-installed` when the named one does not exist.
 */
export function selectFindings(
  findings: readonly Finding[],
  selection: { from?: string | undefined; all?: boolean | undefined },
): Finding[] {
  if (selection.from !== undefined) {
    const { kind, name } = parseFrom(selection.from);
    const full = name === undefined ? undefined : fullName(kind, name);
    const meant = findings.filter((one) => one.kind === kind && (full === undefined || one.name === full));
    if (meant.length === 0) {
      throw new MemorydError('not-installed', `--from: not found: ${selection.from}`, {
        hint: 'memoryd migrate --dry-run',
      });
    }
    if (meant.length > 1 && selection.all !== true) throw several(meant);
    return meant;
  }
  const candidates = findings.filter(movable);
  if (selection.all !== true && candidates.length > 1) throw several(candidates);
  return candidates;
}
