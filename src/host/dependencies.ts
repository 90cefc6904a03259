import type { Daemon, DaemonOptions } from '../daemon/daemon.ts';
import type { Definition } from '../service/definition.ts';

/** Modules that a host loads only after it listens, because loading them takes longer than everything before. */
export interface HostDependencies {
  createDaemon(definition: Definition, options: Omit<DaemonOptions, 'settings'>): Promise<Daemon>;
}

/** The bundled daemon. */
export const bundled: HostDependencies = {
  async createDaemon(definition, options) {
    const { createDaemon } = await import('../daemon/index.ts');
    return createDaemon({ ...options, settings: definition.daemon });
  },
};
