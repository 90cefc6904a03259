import { MemorydError } from '../errors.ts';
import type { Roots } from '../layout.ts';
import type { BackendName } from '../service/unit.ts';
import type { System } from '../system/system.ts';
import type { Backend } from './backend.ts';

/** Makes one backend; only its own folder is loaded. */
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

/** The manager that comes with each system; standalone serves where there is none. */
export function nativeBackend(platform: NodeJS.Platform): BackendName {
  if (platform === 'darwin') return 'launchd';
  if (platform === 'win32') return 'task-scheduler';
  return 'systemd';
}

/** A backend that can be used, and what it has of what it was asked about. */
export interface Selected<T> {
  backend: Backend;
  seen: T;
}

/**
 * The backend to install with: the one asked for, else the machine's own, else standalone where there is none at all.
 * A manager that is there and refuses is not replaced behind the user's back. `look` asks it for more in the same breath,
 * because every question takes as long as a program takes to start.
 * Throws `no-manager` when it cannot be used, with the command that may change that.
 */
export async function selectBackend<T>(
  system: System,
  roots: Roots,
  asked: BackendName | undefined,
  look: (backend: Backend) => Promise<T>,
): Promise<Selected<T>> {
  const backend = await createBackend(asked ?? nativeBackend(system.platform), system, roots);
  const looking = look(backend);
  // Nobody hears of it when the manager cannot be used at all.
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
