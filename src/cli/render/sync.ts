import type { Comparison } from '../../sync/inspect.ts';
import type { FileOutcome, SyncOutcome } from '../../sync/outcome.ts';
import { describeTrouble, type Trouble } from '../../sync/trouble.ts';

/** The result of a sync action, as text and for `--json`. */
export interface SyncReport {
  lines: string[];
  warnings: string[];
  document: Record<string, unknown>;
  troubles: Trouble[];
}

const localOnly = 'continuing with the local files; nothing is lost';

function fileLine({ name, did, backup }: FileOutcome): string[] {
  if (did === 'nothing') return [];
  return [`${name.padEnd(15)}  ${did}${backup === undefined ? '' : `, backup ${backup}`}`];
}

function troubleDocument(trouble: Trouble): object {
  if (trouble.kind === 'locked') return trouble;
  const { why: reason, ...others } = trouble;
  return { ...others, reason };
}

/** The report of a pull or push. */
export function reportOutcome(outcome: SyncOutcome): SyncReport {
  const { files, trouble, lock } = outcome;
  const warnings = files.flatMap(({ warning }) => warning ?? []);
  return {
    lines: files.flatMap(fileLine),
    warnings: trouble === undefined ? warnings : [...warnings, `${describeTrouble(trouble)}; ${localOnly}`],
    document: { files, lock: lock ?? null, trouble: trouble === undefined ? null : troubleDocument(trouble) },
    troubles: trouble === undefined ? [] : [trouble],
  };
}

export function reportTrouble(trouble: Trouble): SyncReport {
  return reportOutcome({ files: [], trouble });
}

const words = {
  absent: 'on neither side',
  same: 'same on both sides',
  'not-text': 'not UTF-8 text, skipped',
  'server-newer': 'newer on the server',
  'local-newer': 'newer on this machine',
};

function lockLine({ lock }: Comparison): string {
  if (lock.kind === 'free') return 'not locked';
  const who = lock.kind === 'ours' ? 'this folder' : lock.lock.clientId;
  return `locked by ${who} until ${lock.lock.expiresAt}`;
}

/** The report of a status, or of a dry run of pull or push. */
export function reportComparison(comparison: Comparison): SyncReport {
  const files = comparison.files.filter(({ difference }) => difference.kind !== 'absent');
  const lines = files.map(({ name, difference }) => {
    const both = 'conflict' in difference && difference.conflict ? ', changed on both sides' : '';
    return `${name.padEnd(15)}  ${words[difference.kind]}${both}`;
  });
  const document = {
    lock: comparison.lock,
    files: files.map(({ name, difference }) => ({
      name,
      state: difference.kind,
      conflict: 'conflict' in difference && difference.conflict,
    })),
    trouble: null,
  };
  return { lines: [lockLine(comparison), ...lines], warnings: [], document, troubles: [] };
}
