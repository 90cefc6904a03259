import { dirname } from 'node:path';
import { earlySettings } from '../host/early-settings.ts';
import { type EndpointState, findEndpoint } from '../host/find-endpoint.ts';
import { type Health, healthOf } from '../host/health-probe.ts';
import { runtimeCandidates } from '../host/rendezvous.ts';
import { servicePaths } from '../layout.ts';
import { createBackend, nativeBackend } from '../platform/select.ts';
import type { ReceiptObservation } from '../service/observation.ts';
import type { Drift, HealthLayers, Running, StatusObservation } from '../service/status.ts';
import type { BackendName } from '../service/unit.ts';
import type { Files } from '../system/files.ts';
import type { Machine } from './change.ts';
import { readParked } from './last-words.ts';
import { decode, readReceipt } from './read.ts';

export interface InspectOptions {
  backend?: BackendName | undefined;
  /** Ask no manager, even when nothing answers. */
  fast?: boolean | undefined;
}

/** Whether the unit files are what the last install wrote: nothing is rendered for that. */
async function driftOf(files: Files, receipt: ReceiptObservation): Promise<Drift> {
  if (receipt.kind !== 'valid') return 'unknown';
  const seen = await Promise.all(
    receipt.receipt.units.map(async (unit) => ({ unit, read: await files.read(unit.path) })),
  );
  if (seen.some(({ read }) => read.kind === 'absent')) return 'missing';
  const same = seen.every(({ unit, read }) => read.kind === 'content' && decode(read.bytes) === unit.content);
  return same ? 'none' : 'changed';
}

function layersOf(state: EndpointState, health: Health | undefined): HealthLayers {
  const http = health?.kind ?? 'not-asked';
  switch (state.kind) {
    case 'absent':
      return { endpoint: 'absent', process: 'gone', http };
    case 'unreadable':
    case 'invalid':
      return { endpoint: state.kind, process: 'unknown', http };
    case 'stale':
      return { endpoint: 'stale', process: 'gone', http };
    case 'silent':
      return { endpoint: 'found', process: 'unknown', http };
    case 'live':
      return { endpoint: 'found', process: 'identified', http };
  }
}

function runningOf(state: EndpointState): Running | undefined {
  if (state.kind !== 'live') return undefined;
  const { endpoint, report } = state;
  const { uptimeMs, rssBytes, restarts, phase, counters, foreign } = report;
  const { url, port, pid, startedAt, version, build } = endpoint;
  return {
    url,
    port,
    pid,
    startedAt,
    version,
    build,
    uptimeMs,
    rssBytes,
    restarts,
    phase,
    counters,
    foreign,
  };
}

/** Whether it can be used, and where it puts the data. The schema checker is not loaded for a service that answers. */
async function lookAtDefinition(files: Files, path: string, answers: boolean) {
  const read = await files.read(path);
  if (read.kind !== 'content') return { kind: read.kind };
  const { dataDir } = earlySettings(read.text);
  if (answers) return { kind: 'valid', dataDir } as const;
  return { kind: (await import('../service/definition.ts')).parseDefinition(read.text).kind, dataDir };
}

/**
 * Looks at a service: the endpoint first, and the manager only when the endpoint does not prove that it runs.
 * Changes nothing and takes no lock.
 */
export async function inspectService(
  machine: Machine,
  name: string,
  options: InspectOptions = {},
): Promise<StatusObservation> {
  const { system, roots } = machine;
  const { files } = system;
  const paths = servicePaths(roots, name);
  const [state, receipt] = await Promise.all([findEndpoint(system, roots, name), readReceipt(files, paths)]);
  const answers = state.kind === 'live';
  const installed = receipt.kind === 'valid' ? receipt.receipt.backend : undefined;
  const backendName = options.backend ?? installed ?? nativeBackend(system.platform);
  const backend = await createBackend(backendName, system, roots);
  const [unit, health, drift, definition, parked, stopped, journal] = await Promise.all([
    answers || options.fast ? backend.glance(name) : backend.observe(name),
    answers ? healthOf(system, state) : undefined,
    driftOf(files, receipt),
    lookAtDefinition(files, paths.definition, answers),
    answers ? undefined : readParked(files, paths),
    files.inspect(paths.stopIntent),
    files.inspect(paths.journal),
  ]);
  const published = 'path' in state ? dirname(state.path) : runtimeCandidates(system, roots)[0]?.path;
  return {
    name,
    backend: backendName,
    unit,
    definition: definition.kind,
    receipt,
    layers: layersOf(state, health),
    running: runningOf(state),
    drift,
    parked,
    stopIntent: stopped.kind !== 'absent',
    interrupted: journal.kind !== 'absent',
    paths: {
      config: paths.definition,
      data: definition.dataDir ?? paths.data,
      logs: paths.logs,
      runtime: published ?? '',
      app: receipt.kind === 'valid' ? receipt.receipt.app : '',
      token: paths.token,
    },
  };
}
