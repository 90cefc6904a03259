import { hostname } from 'node:os';
import { exitCodes } from '../../errors.ts';
import type { Roots } from '../../layout.ts';
import { isSameProcess } from '../../runtime/identity.ts';
import { lastExitOf } from '../../runtime/last-exit.ts';
import { parseRecord, recordPath } from '../../runtime/launch-record.ts';
import type { Runs } from '../../runtime/run-history.ts';
import { noteOnRuns, observeRuns } from '../../runtime/run-history-file.ts';
import { readEndpoints } from '../../runtime/runtime-directory.ts';
import { cannotRead } from '../../runtime/state-file.ts';
import { observeSupervisor, type SupervisorRecord } from '../../runtime/supervisor-file.ts';
import type { ProcessState, UnitObservation } from '../../service/unit.ts';
import type { System } from '../../system/system.ts';
import { receiptPaths } from '../receipt-paths.ts';
import { autostartState, hasEntries, refusalNote } from './autostart.ts';
import { runningSupervisor, type Site, siteOf } from './site.ts';

async function hostPid({ system, roots, service }: Site): Promise<number | undefined> {
  const published = await readEndpoints(system, roots, service);
  const living = published.find((one) => one.kind === 'endpoint' && isSameProcess(system, one.endpoint));
  return living?.kind === 'endpoint' ? living.endpoint.pid : undefined;
}

async function processOf(
  site: Site,
  word: SupervisorRecord | undefined,
  runs: Runs | undefined,
): Promise<ProcessState> {
  const reason = runs?.parked?.reason ?? runs?.lastExit?.reason ?? 'unknown';
  // A host whose supervisor left no usable record is still ours, and can be stopped (N01).
  const live = await hostPid(site);
  if (word === undefined) return live === undefined ? { kind: 'stopped' } : { kind: 'running', pid: live };
  if (word.ended) {
    const failed = word.lastExit !== null && word.lastExit.code === exitCodes.configuration;
    return failed ? { kind: 'failed', reason } : { kind: 'stopped' };
  }
  if (!isSameProcess(site.system, word)) {
    if (word.machine !== undefined && word.machine !== hostname())
      return { kind: 'unknown', reason: `it runs on ${word.machine}, or did until that went down` };
    return {
      kind: 'failed',
      reason: 'its supervisor is gone: it was killed, or the machine was restarted',
    };
  }
  if (live !== undefined) return { kind: 'running', pid: live };
  return word.lastExit === null ? { kind: 'starting' } : { kind: 'waiting', reason };
}

/** Whether something of ours runs, or an entry starts it, although the launch record is of no use (N01). */
async function isLeftBehind(site: Site, verify: boolean): Promise<boolean> {
  const runs = (await runningSupervisor(site)) ?? (await hostPid(site));
  return runs !== undefined || (verify && (await hasEntries(site)));
}

/**
 * The state according to launch record, supervisor file and endpoint. With `verify` the crontab is read too, which
 * runs a command.
 */
export async function observe(site: Site, verify: boolean): Promise<UnitObservation> {
  const { system, paths } = site;
  const path = recordPath(paths);
  const read = await system.files.read(path);
  if (read.kind === 'unreadable') return { kind: 'unknown', reason: `cannot read ${path}: ${read.why}` };
  const parsed = read.kind === 'content' ? parseRecord(read.text) : undefined;
  if (parsed?.kind !== 'valid' && !(await isLeftBehind(site, verify))) {
    if (parsed === undefined) return { kind: 'absent' };
    const own = await receiptPaths(system.files, site.roots, site.service);
    if (!own.has(path)) return { kind: 'foreign', path, reason: parsed.reason };
  }
  const [supervisor, history, enabled] = await Promise.all([
    observeSupervisor(system.files, paths),
    observeRuns(system, paths),
    autostartState(site, verify),
  ]);
  if (supervisor.kind === 'unreadable') return { kind: 'unknown', reason: cannotRead(supervisor) };
  const word = supervisor.kind === 'valid' ? supervisor.value : undefined;
  const runs = history.kind === 'valid' ? history.value : undefined;
  const process = await processOf(site, word, runs);
  const lastExit = lastExitOf(word, runs);
  const up = process.kind === 'running' || process.kind === 'starting' || process.kind === 'waiting';
  return {
    kind: 'registered',
    path,
    enabled,
    process,
    dropIns: [],
    needsReload: parsed?.kind !== 'valid' || (up && word?.argv.join('\0') !== parsed.value.argv.join('\0')),
    ...(runs === undefined ? {} : { restarts: runs.restarts }),
    ...(lastExit === undefined ? {} : { lastExit }),
    ...(await refusalNote(site)),
    ...noteOnRuns(history),
  };
}

/** The same without running a command. */
export function observeRecordFile(system: System, roots: Roots, service: string): Promise<UnitObservation> {
  return observe(siteOf(system, roots, service), false);
}
