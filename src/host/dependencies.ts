import type { Daemon, DaemonOptions } from '../daemon/daemon.ts';
import type { Definition } from '../service/definition.ts';

/** What a host loads only once it listens, because it takes longer than all that went before. */
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
