import type { JournalledStep } from '../../install/journal.ts';
import type { CopyData, MigrationStep, StepCommand } from '../../service/migration-step.ts';
import { shellLine } from '../../service/shell-line.ts';
import type { Step } from '../../service/step.ts';
import type { ShownStep } from './shown-step.ts';

const kinds: Record<MigrationStep['kind'], true> = {
  'legacy-command': true,
  'await-port': true,
  'copy-data': true,
  'verify-data': true,
  'pm2-forget': true,
  'crontab-line': true,
  'stop-process': true,
  'elevated-move': true,
  'elevated-end': true,
  record: true,
};

export function isMigrationStep(step: Step): step is MigrationStep {
  return step.kind in kinds;
}

const shown = ({ argv, elevated }: StepCommand): string[] =>
  elevated === undefined ? [...argv] : ['sudo', ...argv];

/** The command with which root reads the data. The size is unknown until root has read it. */
function readAs({ reader, bytes }: CopyData): Partial<ShownStep> {
  const root = reader?.kind === 'root' ? { commands: [['sudo', ...reader.argv]] } : {};
  return reader !== undefined && bytes === 0 ? root : { ...root, bytes };
}

/** One step of a migration as `--dry-run --json` shows it. */
export function showMigrationStep(step: MigrationStep): ShownStep {
  const { kind, why: reason } = step;
  switch (step.kind) {
    case 'legacy-command':
      return { kind, reason, commands: step.do.map(shown) };
    case 'await-port':
      return { kind, reason, port: step.port };
    case 'copy-data':
      return { kind, reason, from: step.from, to: step.to, ...readAs(step) };
    case 'verify-data':
      return { kind, reason, path: step.directory };
    case 'pm2-forget':
      return { kind, reason, path: step.home, commands: step.save === undefined ? [] : [shown(step.save)] };
    case 'crontab-line':
      return { kind, reason, commands: [['crontab', '-']] };
    case 'stop-process':
      return { kind, reason, commands: [['kill', String(step.pid)]] };
    case 'elevated-move':
      return {
        kind,
        reason,
        commands: [['sc.exe', 'stop', step.service]],
        ...(step.copy === undefined
          ? {}
          : { from: step.copy.from[0] ?? '', to: step.copy.to, bytes: step.bytes }),
      };
    case 'elevated-end':
      return {
        kind,
        reason,
        commands: [
          step.retire === 'remove'
            ? ['sc.exe', 'delete', step.service]
            : ['sc.exe', 'config', step.service, 'start=', 'disabled'],
        ],
      };
    case 'record':
      return { kind, reason, path: step.path };
  }
}

const commandLines = (step: ShownStep): string =>
  (step.commands ?? []).map((argv) => `\n  ${shellLine(argv)}`).join('');

/** The same as text. */
export function renderMigrationStep(step: ShownStep): string {
  switch (step.kind) {
    case 'await-port':
      return `wait until port ${step.port} is free (${step.reason})`;
    case 'copy-data':
      return `copy ${step.from} to ${step.to}${step.bytes === undefined ? '' : `, ${megabytes(step.bytes)}`}, and compare checksums (${step.reason})${commandLines(step)}`;
    case 'verify-data':
      return `check that all files are in ${step.path} (${step.reason})`;
    case 'pm2-forget':
      return `remove it from what PM2 saved in ${step.path} (${step.reason})${commandLines(step)}`;
    case 'record':
      return `write ${step.path} (${step.reason})`;
    default:
      return `${step.reason}${commandLines(step)}`;
  }
}

/** The text that is printed when a step begins. */
export function migrationWords(step: JournalledStep): string | undefined {
  switch (step.kind) {
    case 'copy-data':
      return `copy ${step.from} to ${step.to}`;
    case 'await-port':
      return `wait until port ${step.port} is free`;
    case 'verify-data':
      return `check that all files are in ${step.directory}`;
    case 'record':
      return `write ${step.path}`;
    default:
      return step.why;
  }
}

export function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
