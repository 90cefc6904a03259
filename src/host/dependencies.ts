import type { Daemon, DaemonOptions } from '../daemon/daemon.ts';
import type { Definition } from '../service/definition.ts';

/** What a host loads only once it listens, because it takes longer than all that went before. */
export interface HostDependencies {
  createDaemon(definition: Definition, options: Omit<DaemonOptions, 'settings'>): Promise<Daemon>;
}

/** The bundled daemon, with the environment's settings over the definition's. */
export const bundled: HostDependencies = {
  async createDaemon(definition, options) {
    const [{ createDaemon }, { withEnvironment }] = await Promise.all([
      import('../daemon/index.ts'),
      import('../service/daemon-settings.ts'),
    ]);
    return createDaemon({ ...options, settings: withEnvironment(definition.daemon, process.env) });
  },
};
