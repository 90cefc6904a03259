import { MemorydError } from '../errors.ts';
import { oneOf } from '../service/problem.ts';
import { shellLine } from '../service/shell-line.ts';
import { type Finding, idOf, type LegacyKind, legacyKinds } from './finding.ts';

/** `--from kind[:name]`, taken apart. Throws `usage` for a kind that is none. */
export function parseFrom(from: string): { kind: LegacyKind; name: string | undefined } {
  const at = from.indexOf(':');
  const kind = at < 0 ? from : from.slice(0, at);
  const known = legacyKinds.find((one) => one === kind);
  if (known !== undefined) return { kind: known, name: at < 0 ? undefined : from.slice(at + 1) };
  throw new MemorydError('usage', `--from: must begin with ${oneOf(legacyKinds)}: ${kind}`, {
    hint: 'memoryd migrate --dry-run',
  });
}

/** systemd takes a bare name for a service; Task Scheduler one without a folder for one in the root. */
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
 * Which findings are meant: those of `from`, all that can be moved, or the only one there is.
 * Throws `usage` when several are and none is named, `not-installed` when what is named is not there.
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
