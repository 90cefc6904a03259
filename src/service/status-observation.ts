import type { DefinitionObservation, ReceiptObservation } from './observation.ts';
import type { Drift, HealthLayers, Running, StatusPaths } from './status.ts';
import type { ExposureObservation } from './token-exposure.ts';
import type { BackendName, UnitObservation } from './unit.ts';

/** Everything that `status` observed. */
export interface StatusObservation {
  name: string;
  backend: BackendName;
  unit: UnitObservation;
  definition: DefinitionObservation['kind'];
  /** Whether the definition asks for start at login. */
  startAtLogin: boolean;
  receipt: ReceiptObservation;
  layers: HealthLayers;
  running: Running | undefined;
  drift: Drift;
  /** The reason why the host gave up, if it did. */
  gaveUp: string | undefined;
  stopIntent: boolean;
  interrupted: boolean;
  /** Private files that other users may open (`open`), or that are another user's. */
  exposed: { path: string; kind: 'open' | 'not-ours' }[];
  /** Whether the token was replaced because others held the port. */
  exposure: ExposureObservation;
  /** A note about the machine that affects its services. */
  machineNote?: string | undefined;
  paths: StatusPaths;
}
