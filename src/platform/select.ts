import { MemorydError } from '../errors.ts';
import type { Roots } from '../layout.ts';
import type { BackendName } from '../service/unit.ts';
import type { System } from '../system/system.ts';
import type { Backend } from './backend.ts';

/** Creates a backend. Only its own folder is loaded. */
export async function createBackend(name: BackendName, system: System, roots: Roots): Promise<Backend> {
  switch (name) {
    case 'systemd':
      return (await import('./systemd/manager.ts')).createSystemdBackend(system, roots);
    case 'launchd':
      return (await import('./launchd/manager.ts')).createLaunchdBackend(system, roots);
    case 'task-scheduler':
      return (await import('./task-scheduler/manager.ts')).createTaskSchedulerBackend(system, roots);
    case 'standalone':
      return (await import('./standalone/manager.ts')).createStandaloneBackend(system, roots);
  }
}

/** The native manager of each system. Standalone is the fallback if there is none. */
export function nativeBackend(platform: NodeJS.Platform): BackendName {
  if (platform === 'darwin') return 'launchd';
  if (platform === 'win32') return 'task-scheduler';
  return 'systemd';
}

/** A usable backend, and the result of `look`. */
export interface Selected<T> {
  backend: Backend;
  seen: T;
}

/**
 * The backend to install with: the requested one, else the native one, else standalone if the machine has no native
 * one. A manager that exists but refuses is not replaced silently. `look` runs at the same time as the availability
 * check, because each question takes as long as starting a process. Throws `no-manager` if the backend cannot be used,
 * with a command that may change that.
 */
export async function selectBackend<T>(
  system: System,
  roots: Roots,
  asked: BackendName | undefined,
  look: (backend: Backend) => Promise<T>,
): Promise<Selected<T>> {
  const backend = await createBackend(asked ?? nativeBackend(system.platform), system, roots);
  const looking = look(backend);
  // Its error is ignored if the manager cannot be used at all.
  looking.catch(() => undefined);
  const availability = await backend.available();
  if (availability.kind === 'usable') return { backend, seen: await looking };
  if (availability.kind === 'absent' && asked === undefined) {
    const standalone = await createBackend('standalone', system, roots);
    return { backend: standalone, seen: await look(standalone) };
  }
  const hint = availability.kind === 'refused' ? availability.hint : undefined;
  throw new MemorydError('no-manager', availability.reason, hint === undefined ? {} : { hint });
}
