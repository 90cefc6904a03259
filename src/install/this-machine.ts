import { join } from 'node:path';
import type { Roots } from '../layout.ts';
import { ignoredVariables } from '../system/own-variables.ts';
import { realRoots, usualRoots } from '../system/roots.ts';
import { loginHome, realSystem } from '../system/system.ts';
import type { Machine } from './service-lock.ts';

/** The flags that set single directories. Units carry them when a clean login would find other ones. */
export type RootOptions = Partial<Record<`${keyof Roots}Dir`, string>>;

/** The current machine and user, and the directories that this shell names. `machineFor` gives those of a service. */
export function thisMachine(options: RootOptions = {}): Machine {
  const real = realSystem();
  const { platform, user } = real;
  const ignored = ignoredVariables(real.env, user.home);
  const unset = Object.fromEntries(ignored.map(({ name }) => [name, undefined]));
  const system = { ...real, env: { ...real.env, ...unset } };
  const own = realRoots(platform, user.home, ignored);
  const roots: Roots = {
    config: options.configDir ?? own.config,
    data: options.dataDir ?? own.data,
    state: options.stateDir ?? own.state,
    logs: options.logsDir ?? own.logs,
  };
  return {
    system,
    roots,
    ignored,
    fromShell: Object.keys(options).length === 0,
    usualRoots: () => usualRoots(platform, loginHome()),
    configHome: system.env.XDG_CONFIG_HOME || join(user.home, '.config'),
  };
}
