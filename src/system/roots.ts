import { join } from 'node:path';
import envPaths from 'env-paths';
import type { Roots } from '../layout.ts';

/**
 * The directories of this user on this machine (XDG, Library, LOCALAPPDATA).
 * env-paths has no word for state: on Linux its log directory is $XDG_STATE_HOME, elsewhere state lies beside the data.
 */
export function realRoots(): Roots {
  const { config, data, log } = envPaths('memoryd', { suffix: '' });
  const linux = process.platform !== 'darwin' && process.platform !== 'win32';
  return { config, data, state: linux ? log : join(data, 'state'), logs: linux ? join(log, 'logs') : log };
}
