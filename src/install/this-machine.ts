import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Roots } from '../layout.ts';
import { realRoots, usualRoots } from '../system/roots.ts';
import { realSystem } from '../system/system.ts';
import type { Machine } from './service-lock.ts';

/** The flags that set single directories. Units carry them when a clean login would find other ones. */
export type RootOptions = Partial<Record<`${keyof Roots}Dir`, string>>;

/** The current machine and user, and their directories. */
export function thisMachine(options: RootOptions = {}): Machine {
  const system = realSystem();
  const real = realRoots(system.platform);
  const roots: Roots = {
    config: options.configDir ?? real.config,
    data: options.dataDir ?? real.data,
    state: options.stateDir ?? real.state,
    logs: options.logsDir ?? real.logs,
  };
  return {
    system,
    roots,
    // Only an install needs it, and it reads the password database.
    get usualRoots() {
      return usualRoots(system.platform, userInfo().homedir);
    },
    configHome: system.env.XDG_CONFIG_HOME || join(system.user.home, '.config'),
  };
}
