import { rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../errors.ts';
import type { Files } from './files.ts';

/** The missing parent directories of `path`, the deepest first. */
export async function missingParents(files: Files, path: string): Promise<string[]> {
  const missing: string[] = [];
  for (
    let parent = dirname(path);
    (await files.inspect(parent)).kind === 'absent';
    parent = dirname(parent)
  ) {
    missing.push(parent);
  }
  return missing;
}

/** The parent directories of `path` below `top`, the deepest first. */
export function parentsBelow(path: string, top: string): string[] {
  const parent = dirname(path);
  return parent === top || parent === path ? [] : [parent, ...parentsBelow(parent, top)];
}

/** Removes the directories, the deepest first, as long as they are empty. */
export async function removeWhileEmpty(directories: readonly string[]): Promise<void> {
  for (const directory of directories) {
    try {
      rmdirSync(directory);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOTEMPTY' || code === 'EEXIST') return;
      if (code !== 'ENOENT') throw error;
    }
  }
}
