import type { Roots } from '../layout.ts';
import type { BackendName, UnitObservation } from '../service/unit.ts';
import type { System } from '../system/system.ts';
import { observeAgentFiles } from './launchd/observe.ts';
import { observeRecordFile } from './standalone/observe.ts';
import { observeUnitFiles } from './systemd/observe.ts';
import { observeTaskFiles } from './task-scheduler/observe-files.ts';

type FileObserver = (system: System, roots: Roots, service: string) => Promise<UnitObservation>;

/** `Backend.observeFiles` for each backend, without loading the rest of the backend. */
export const fileObservers: Readonly<Record<BackendName, FileObserver>> = {
  systemd: observeUnitFiles,
  launchd: observeAgentFiles,
  'task-scheduler': observeTaskFiles,
  standalone: observeRecordFile,
};
