import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A path with its links followed, as far as it is there and can be looked at; the rest stays as it was spelt. */
export function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}
