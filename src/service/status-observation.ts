import type { DefinitionObservation, ReceiptObservation } from './observation.ts';
import type { Drift, HealthLayers, Running, StatusPaths } from './status.ts';
import type { ExposureObservation } from './token-exposure.ts';
import type { BackendName, UnitObservation } from './unit.ts';

/** Everything `status` looked at. */
export interface StatusObservation {
  name: string;
  backend: BackendName;
  unit: UnitObservation;
  definition: DefinitionObservation['kind'];
  /** Whether the definition asks for a start at login. */
  startAtLogin: boolean;
  receipt: ReceiptObservation;
  layers: HealthLayers;
  running: Running | undefined;
  drift: Drift;
  /** Why the host gave up, in its own words, when it did. */
  parked: string | undefined;
  stopIntent: boolean;
  interrupted: boolean;
  /** Whether the token was replaced because others held the port. */
  exposure: ExposureObservation;
  /** What is so of the whole machine, and bears on its services. */
  machineNote?: string | undefined;
  paths: StatusPaths;
}
