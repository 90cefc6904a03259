import type { CopyData, MigrationStep, VerifyData } from '../service/migration-step.ts';
import type { Plan, Step } from '../service/step.ts';
import type { MigrationSteps } from './migration-steps.ts';
import type { MigrationPaths } from './paths.ts';
import type { DataMove } from './target.ts';

/** Everything a migration is planned from: plain values. */
export interface MigrationInput {
  service: string;
  migrationSteps: MigrationSteps;
  /** Of the new service, its receipt at the end. */
  install: readonly Step[];
  port: number;
  data: DataMove;
  paths: MigrationPaths;
  /** How a directory that is not the user's is read. */
  reader: (directory: string) => NonNullable<CopyData['reader']>;
  /** Whether the sync API is asked for the projects. */
  sync: boolean;
  /** What becomes of the old one at the end; `leave`: somebody else sees to it. */
  retire: 'remove' | 'disable' | 'leave';
  record: Record<string, unknown>;
}

/** The old daemon has had its own time to end; a kernel gives the port back at once. */
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

/** What of an install touches nothing that runs: done first, so that nobody serves for as short as can be. */
function quietSteps(install: readonly Step[]): number {
  const at = install.findIndex((step) => step.kind === 'manager' && step.do.length > 0);
  return at < 0 ? install.length : at;
}

/**
 * What a migration has to do, in order (pure): all that can be done while the old daemon runs, then stop it, copy, start
 * the new one, and wait until it answers with the data there. From then on it is finished rather than undone when it is
 * killed; a failure at any step undoes all of it, so that the old one runs again.
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
  // The record first: of what comes after it, not everything can be undone.
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

/** The end of a migration that kept the old one: it is removed now. */
export function planRemoval({ service, migrationSteps, paths, record }: MigrationInput): Plan {
  const steps: Step[] = [
    ...migrationSteps.keep,
    { kind: 'record', path: paths.record, record, why: 'records what was migrated' },
    ...(migrationSteps.removeKept ?? [...migrationSteps.stop, ...migrationSteps.remove]),
  ];
  return { command: 'migrate', service, steps, onInterrupt: 'undo' };
}

/** What root is needed for, in the order of the plan. */
export function elevatedReasons({ steps }: Plan): string[] {
  const reasons = steps.flatMap((step): string[] => {
    if (step.kind === 'legacy-command') return step.do.flatMap(({ elevated }) => elevated?.reason ?? []);
    if (step.kind === 'elevated-move') return [step.reason];
    return step.kind === 'copy-data' && step.reader?.kind === 'root' ? [step.reader.reason] : [];
  });
  return [...new Set(reasons)];
}
