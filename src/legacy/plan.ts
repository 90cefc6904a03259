import type { CopyData, MigrationStep, VerifyData } from '../service/migration-step.ts';
import type { Plan, Step } from '../service/step.ts';
import type { DataMove } from './data-move.ts';
import type { MigrationSteps } from './migration-steps.ts';
import type { MigrationPaths } from './paths.ts';

/** The input of a plan, as plain values. */
export interface MigrationInput {
  service: string;
  migrationSteps: MigrationSteps;
  /** The steps that install the new service. The receipt is the last one. */
  install: readonly Step[];
  port: number;
  data: DataMove;
  paths: MigrationPaths;
  /** Gives the reader of a directory that the user cannot read. */
  reader: (directory: string) => NonNullable<CopyData['reader']>;
  /** Whether the new daemon is asked for its projects over the sync API. */
  sync: boolean;
  /** What happens to the old setup at the end. `leave`: root's script removes it. */
  retire: 'remove' | 'disable' | 'leave';
  record: Record<string, unknown>;
}

/** The old daemon has already had its own time to exit. The kernel releases the port at once. */
const portTimeoutMs = 10_000;

function copyOf({ data, paths, reader, migrationSteps }: MigrationInput): CopyData[] {
  if (data.kind === 'none' || (data.kind === 'copy' && data.asRoot && migrationSteps.bringsData)) return [];
  const base = { kind: 'copy-data', manifest: paths.manifest, bytes: data.bytes } as const;
  if (data.kind === 'stay') {
    return [{ ...base, from: data.path, to: paths.backup, why: 'a backup; the data stays where it is' }];
  }
  return [
    {
      ...base,
      from: data.from,
      to: data.to,
      why: 'a copy that is yours; the original stays as a backup',
      ...(data.asRoot ? { reader: reader(data.from) } : {}),
    },
  ];
}

function checkOf({ data, paths, sync }: MigrationInput): VerifyData[] {
  if (data.kind === 'none') return [];
  const directory = data.kind === 'copy' ? data.to : data.path;
  return [
    {
      kind: 'verify-data',
      directory,
      manifest: paths.manifest,
      sync,
      why: 'before the old service is removed',
    },
  ];
}

const retire = ({ migrationSteps, retire: how }: MigrationInput): Step[] =>
  how === 'leave' ? [] : how === 'disable' ? migrationSteps.disable : migrationSteps.remove;

/**
 * The number of install steps before the first one that acts on the manager. They run first, to keep the downtime
 * short.
 */
function quietSteps(install: readonly Step[]): number {
  const at = install.findIndex((step) => step.kind === 'manager' && step.do.length > 0);
  return at < 0 ? install.length : at;
}

/**
 * Gives the plan of a migration (pure): everything that can be done while the old daemon runs, then stop it, copy the
 * data, start the new daemon, and wait until it answers with the data. A failure of any step undoes all steps, so that
 * the old daemon runs again. A run that is killed after the verification is finished, not undone.
 */
export function planMigration(input: MigrationInput): Plan {
  const { service, migrationSteps, install, port, paths, record } = input;
  const quiet = quietSteps(install);
  const free: MigrationStep[] =
    migrationSteps.stop.length === 0
      ? []
      : [{ kind: 'await-port', port, timeoutMs: portTimeoutMs, why: 'the old daemon must have ended' }];
  const before: Step[] = [
    ...migrationSteps.keep,
    ...install.slice(0, quiet),
    ...migrationSteps.stop,
    ...free,
    ...copyOf(input),
    ...install.slice(quiet),
    ...checkOf(input),
  ];
  // The record comes first, because not every step after it can be undone.
  const after: Step[] = [
    { kind: 'record', path: paths.record, record, why: 'records what was migrated' },
    ...retire(input),
  ];
  return {
    command: 'migrate',
    service,
    steps: [...before, ...after],
    onInterrupt: 'undo',
    finishFrom: before.length,
  };
}

/** Gives the plan that removes the old setup after a migration that kept it (pure). */
export function planRemoval({ service, migrationSteps, paths, record }: MigrationInput): Plan {
  const steps: Step[] = [
    ...migrationSteps.keep,
    { kind: 'record', path: paths.record, record, why: 'records what was migrated' },
    ...(migrationSteps.removeKept ?? [...migrationSteps.stop, ...migrationSteps.remove]),
  ];
  return { command: 'migrate', service, steps, onInterrupt: 'undo' };
}

/** Gives the reasons for which root is needed, in the order of the plan, each once. */
export function elevatedReasons({ steps }: Plan): string[] {
  const reasons = steps.flatMap((step): string[] => {
    if (step.kind === 'legacy-command') return step.do.flatMap(({ elevated }) => elevated?.reason ?? []);
    if (step.kind === 'elevated-move') return [step.reason];
    return step.kind === 'copy-data' && step.reader?.kind === 'root' ? [step.reader.reason] : [];
  });
  return [...new Set(reasons)];
}
