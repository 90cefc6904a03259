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

/** The arguments of one migration on the command line. */
export interface MigrateArguments extends TargetArguments {
  keepOld: boolean;
  backend: BackendName | undefined;
  /**
   * A script runs root's part around this run: the old daemon is stopped, and its data comes through standard input.
   */
  byScript: boolean;
  /** A file with the daemon's settings, written by the script. */
  settings: string | undefined;
}

/** The service of an earlier migration that kept the old setup. */
async function keptAs(files: Files, roots: Roots, finding: Finding): Promise<string | undefined> {
  const record = await readRecord(files, migrationPaths(roots, finding).record);
  return record?.stage === 'kept' ? record.service : undefined;
}

/**
 * Makes the request for one finding after inspecting it, as root with `elevate`. Changes nothing.
 * Throws what inspectFinding throws.
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
