import type { Machine } from '../install/service-lock.ts';
import type { Roots } from '../layout.ts';
import type { BackendName } from '../service/unit.ts';
import type { Argv } from '../system/exec.ts';
import type { Files } from '../system/files.ts';
import type { Finding } from './finding.ts';
import { inspectFinding, refuseElsewhere } from './inspect.ts';
import { migrationPaths } from './paths.ts';
import type { MigrateRequest } from './prepare.ts';
import { readRecord } from './record.ts';
import { settingsOf } from './settings.ts';
import type { TargetArguments } from './target.ts';

/** What the command line says of one migration. */
export interface MigrateArguments extends TargetArguments {
  keepOld: boolean;
  backend: BackendName | undefined;
  /** Root's part is done around this run: the old one is stopped, and its data come through our input. */
  byScript: boolean;
  /** A file with the daemon's settings that the script has put there. */
  settings: string | undefined;
}

/** The service that an earlier migration made of it and kept it beside, whatever that was called. */
async function keptAs(files: Files, roots: Roots, finding: Finding): Promise<string | undefined> {
  const record = await readRecord(files, migrationPaths(roots, finding).record);
  return record?.stage === 'kept' ? record.service : undefined;
}

/**
 * A request for one finding, after a closer look, as root where `elevate` says so. Changes nothing.
 * Throws as look.ts says.
 */
export async function requestFor(
  machine: Pick<Machine, 'system' | 'roots'>,
  found: Finding,
  requested: MigrateArguments,
  self: Argv,
  elevate: boolean,
): Promise<MigrateRequest> {
  const { system, roots } = machine;
  const inspected = await inspectFinding(machine, found, elevate && !requested.byScript);
  const given = requested.settings === undefined ? undefined : await system.files.read(requested.settings);
  const settings =
    given?.kind === 'content' && given.text !== ''
      ? { ...settingsOf(given.text, found.home), exposed: inspected.settings?.exposed === true }
      : inspected.settings;
  if (requested.byScript) refuseElsewhere(found, settings, '--script');
  return {
    finding: { ...inspected.finding, port: settings?.port ?? inspected.finding.port },
    settings,
    requested: { ...requested, service: requested.service ?? (await keptAs(system.files, roots, found)) },
    retire: requested.byScript ? 'leave' : requested.keepOld ? 'disable' : 'remove',
    piped: requested.byScript,
    backend: requested.backend,
    self,
  };
}
