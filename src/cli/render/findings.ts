import { type Finding, idOf } from '../../legacy/finding.ts';
import { shellLine } from '../../service/shell-line.ts';
import { megabytes } from './migration-steps.ts';

function dataWords(finding: Finding): string {
  const { data } = finding;
  switch (data.kind) {
    case 'unknown':
      return 'unknown';
    case 'absent':
      return `${data.path} (does not exist)`;
    case 'closed':
      return `${data.path} (size unknown: only ${administrator(finding)} can read it)`;
    case 'directory':
      return `${data.path} (${data.files} files, ${megabytes(data.bytes)})`;
  }
}

function runWords({ run }: Finding): string {
  if (run.kind === 'unknown') return `unknown: ${run.why}`;
  if (run.kind === 'stopped') return 'not running';
  return run.pid === undefined ? 'running' : `running as pid ${run.pid}`;
}

/** The account whose rights are needed. */
export const administrator = ({ kind }: Finding): string =>
  kind === 'windows-service' || kind === 'task' ? 'an administrator' : 'root';

/** One finding as text. */
export function renderFinding(finding: Finding): string {
  const rows: [string, string | undefined][] = [
    ['daemon', finding.daemon],
    ['same as', finding.serves === undefined ? undefined : `your service "${finding.serves}"`],
    [
      'state',
      `${runWords(finding)}, ${finding.starts === 'enabled' ? 'starts automatically' : finding.starts}`,
    ],
    ['runs as', finding.runsAs],
    ['command', finding.command === undefined ? undefined : shellLine(finding.command)],
    ['port', finding.port === undefined ? undefined : String(finding.port)],
    ['data', dataWords(finding)],
    ['defined in', finding.definedIn.join(', ') || undefined],
  ];
  const told = rows.flatMap(([key, value]) => (value === undefined ? [] : [`  ${key.padEnd(11)}${value}`]));
  const needs = finding.needsAdmin.map(
    ({ what, why }) => `  needs ${administrator(finding)} to ${what}: ${why}`,
  );
  const notes = finding.notes.map((note) => `  ! ${note}`);
  const { handling } = finding;
  const report =
    handling.kind === 'migrate'
      ? []
      : [
          `  is not migrated: ${handling.why}`,
          ...handling.commands.map((argv) => `    try: ${shellLine(argv)}`),
        ];
  return [idOf(finding), ...told, ...needs, ...notes, ...report].join('\n');
}

/** The same as JSON. It leaves out the environment, which may hold secrets, and what only the steps need. */
export function findingDocument(finding: Finding): Record<string, unknown> {
  const {
    kind,
    name,
    daemon,
    serves,
    runsAs,
    starts,
    run,
    command,
    port,
    data,
    definedIn,
    needsAdmin,
    handling,
  } = finding;
  return {
    id: idOf(finding),
    kind,
    name,
    daemon: daemon ?? null,
    serves: serves ?? null,
    runsAs,
    starts,
    run: run.kind === 'unknown' ? { kind: run.kind, reason: run.why } : run,
    command: command ?? null,
    port: port ?? null,
    data,
    definedIn,
    needsAdmin: needsAdmin.map(({ what, why }) => ({ what, reason: why })),
    handling:
      handling.kind === 'report'
        ? { kind: handling.kind, reason: handling.why, commands: handling.commands }
        : handling,
    notes: finding.notes,
    ...('wrapper' in finding ? { wrapper: finding.wrapper } : {}),
  };
}
