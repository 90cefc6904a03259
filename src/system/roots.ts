import { posix, win32 } from 'node:path';
import envPaths from 'env-paths';
import type { Roots } from '../layout.ts';
import type { IgnoredVariable } from './own-variables.ts';

/**
 * The directories of this user on this machine (XDG, Library, LOCALAPPDATA). env-paths has no state directory: on
 * Linux its log directory is $XDG_STATE_HOME, and on other systems the state directory is beside the data. Ignored
 * variables count as not set.
 */
export function realRoots(
  platform: NodeJS.Platform,
  home: string,
  ignored: readonly IgnoredVariable[],
): Roots {
  const { config, data, log } = envPaths('memoryd', { suffix: '' });
  if (platform === 'darwin' || platform === 'win32') {
    return { config, data, state: (platform === 'win32' ? win32 : posix).join(data, 'state'), logs: log };
  }
  const usual = usualRoots(platform, home);
  const uses = (variable: string) => !ignored.some(({ name }) => name === variable);
  const state = uses('XDG_STATE_HOME') ? log : usual.state;
  return {
    config: uses('XDG_CONFIG_HOME') ? config : usual.config,
    data: uses('XDG_DATA_HOME') ? data : usual.data,
    state,
    logs: posix.join(state, 'logs'),
  };
}

/** What `realRoots` returns on `platform` for a home if no variable is set, as after a clean login. Pure. */
export function usualRoots(platform: NodeJS.Platform, home: string): Roots {
  if (platform === 'win32') {
    const local = win32.join(home, 'AppData', 'Local', 'memoryd');
    const data = win32.join(local, 'Data');
    const config = win32.join(home, 'AppData', 'Roaming', 'memoryd', 'Config');
    return { config, data, state: win32.join(data, 'state'), logs: win32.join(local, 'Log') };
  }
  if (platform === 'darwin') {
    const library = posix.join(home, 'Library');
    const data = posix.join(library, 'Application Support', 'memoryd');
    const config = posix.join(library, 'Preferences', 'memoryd');
    return { config, data, state: posix.join(data, 'state'), logs: posix.join(library, 'Logs', 'memoryd') };
  }
  const state = posix.join(home, '.local', 'state', 'memoryd');
  const data = posix.join(home, '.local', 'share', 'memoryd');
  return { config: posix.join(home, '.config', 'memoryd'), data, state, logs: posix.join(state, 'logs') };
}
