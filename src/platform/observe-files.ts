import type { Roots } from '../layout.ts';
import type { BackendName, UnitObservation } from '../service/unit.ts';
import type { System } from '../system/system.ts';
import { glanceAgent } from './launchd/observe.ts';
import { glanceRecord } from './standalone/observe.ts';
import { glanceUnits } from './systemd/observe.ts';
import { glanceTask } from './task-scheduler/observe-files.ts';

type Glance = (system: System, roots: Roots, service: string) => Promise<UnitObservation>;

/** `Backend.glance` for each backend, without loading the rest of the backend. */
export const glances: Readonly<Record<BackendName, Glance>> = {
  systemd: glanceUnits,
  launchd: glanceAgent,
  'task-scheduler': glanceTask,
  standalone: glanceRecord,
};
