import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The path with links resolved, as far as it exists and can be read. The rest is unchanged. */
export function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}
