import { dirname } from 'node:path';
import { privateFiles, type ServicePaths, servicePaths } from '../layout.ts';
import { nativeBackend } from '../platform/select.ts';
import { earlySettings } from '../runtime/early-settings.ts';
import type { Endpoint } from '../runtime/endpoint.ts';
import { type EndpointState, findEndpoint } from '../runtime/find-endpoint.ts';
import { type Health, healthOf, probeHealth } from '../runtime/health.ts';
import { runtimeCandidates } from '../runtime/runtime-directory.ts';
import { externalStatusOf } from '../service/external-status.ts';
import type { DefinitionObservation, ReceiptObservation } from '../service/observation.ts';
import type { Drift, HealthLayers, Running } from '../service/status.ts';
import type { StatusObservation } from '../service/status-observation.ts';
import { parseExposure } from '../service/token-exposure.ts';
import type { BackendName, UnitObservation } from '../service/unit.ts';
import { exposedFiles } from '../system/exposed-files.ts';
import type { Files, ReadResult } from '../system/files.ts';
import { idleNote } from '../system/wsl.ts';
import { decode, readReceipt } from './observe-files.ts';
import type { Machine } from './service-lock.ts';

type SnapshotSystem = Pick<Machine, 'system' | 'roots'>;

/** What files and the endpoint tell about a service, before the manager is asked. */
export interface ServiceSnapshot {
  name: string;
  paths: ServicePaths;
  state: EndpointState;
  receipt: ReceiptObservation;
  definition: ReadResult;
  backend: BackendName;
  /** The health of a service that answers. It resolves within its own time limit. */
  health: Promise<Health> | undefined;
}

/** What only the manager knows. */
export interface ManagerView {
  unit: UnitObservation;
  definition: DefinitionObservation['kind'];
  /** The reason why the host gave up, if it did. */
  gaveUp?: string | undefined;
}

/** Inspects a service without asking a manager. The backend is the requested one, else the one of the install. */
export async function takeSnapshot(
  { system, roots }: SnapshotSystem,
  name: string,
  chosen?: BackendName,
): Promise<ServiceSnapshot> {
  const { files, platform, processes } = system;
  const paths = servicePaths(roots, name);
  // HTTP and the control channel are asked at the same time. A process that has ended is not asked.
  const asked = new Map<Endpoint, Promise<Health>>();
  const onEndpoint = (endpoint: Endpoint) => {
    if (endpoint.foreign !== true && processes.alive(endpoint.pid))
      asked.set(endpoint, probeHealth(system, endpoint));
  };
  const [state, receipt, definition] = await Promise.all([
    findEndpoint(system, roots, name, onEndpoint),
    readReceipt(files, paths),
    files.read(paths.definition),
  ]);
  const installed = receipt.kind === 'valid' ? receipt.receipt.backend : undefined;
  const backend = chosen ?? installed ?? nativeBackend(platform);
  const health = state.kind === 'live' ? healthOf(system, state, asked.get(state.endpoint)) : undefined;
  return { name, paths, state, receipt, definition, backend, health };
}

/** Whether the unit files differ from those of the last install. Nothing is rendered. */
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
  const { uptimeMs, rssBytes, restarts, phase, counters, store, foreign, connections, refusedRuntimes } =
    report;
  const { url, port, pid, startedAt, version, build } = endpoint;
  const self = { url, port, pid, startedAt, version, build };
  const external = foreign === undefined ? undefined : externalStatusOf(foreign);
  return {
    ...self,
    uptimeMs,
    rssBytes,
    restarts,
    phase,
    counters,
    store,
    external,
    connections,
    refusedRuntimes,
  };
}

/** Combines what was seen with what the manager reports. */
export async function describe(
  { system, roots }: SnapshotSystem,
  snapshot: ServiceSnapshot,
  { unit, definition, gaveUp }: ManagerView,
): Promise<StatusObservation> {
  const { name, paths, state, receipt } = snapshot;
  const { files } = system;
  const [health, drift, stopped, journal, exposed, exposure, machineNote] = await Promise.all([
    snapshot.health,
    driftOf(files, receipt),
    files.inspect(paths.stopIntent),
    files.inspect(paths.journal),
    exposedFiles(system, privateFiles(paths)),
    files.read(paths.exposure),
    idleNote(system),
  ]);
  const published = 'path' in state ? dirname(state.path) : runtimeCandidates(system, roots)[0]?.path;
  const early = snapshot.definition.kind === 'content' ? earlySettings(snapshot.definition.text) : undefined;
  return {
    name,
    backend: snapshot.backend,
    unit,
    definition,
    startAtLogin: early?.startAtLogin ?? true,
    receipt,
    layers: layersOf(state, health),
    running: runningOf(state),
    drift,
    gaveUp,
    stopIntent: stopped.kind !== 'absent',
    interrupted: journal.kind !== 'absent',
    exposed: exposed.map(({ path, owner }) => ({ path, kind: owner === undefined ? 'open' : 'not-ours' })),
    exposure: exposure.kind === 'content' ? parseExposure(exposure.text) : exposure,
    machineNote,
    paths: {
      config: paths.definition,
      data: early?.dataDir ?? paths.data,
      logs: paths.logs,
      runtime: published ?? '',
      app: receipt.kind === 'valid' ? receipt.receipt.app : '',
      token: paths.token,
    },
  };
}
