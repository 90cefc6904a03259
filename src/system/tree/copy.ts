import { constants, copyFileSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { access, chmod, copyFile, link } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../errors.ts';

/**
 * A hard link, if the file system and the owner allow it, else a copy that shares blocks if possible. Installers
 * replace the Node binary and never write it in place, so a link survives.
 */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const refused = ['EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'ENOTSUP', 'ENOSYS'];
    if (!refused.includes(codeOf(error) ?? '')) throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    await chmod(to, 0o755);
  }
}

/**
 * Copies a tree, with the targets of links. Synchronous, because a program has many small files and each would use the
 * thread pool of Node five times: cp takes six times as long.
 */
export function copyPlain(from: string, to: string): void {
  if (statSync(from).isDirectory()) {
    mkdirSync(to);
    for (const name of readdirSync(from)) copyPlain(join(from, name), join(to, name));
  } else copyFileSync(from, to);
}

/** Whether this user may run the program at `path`. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    // Whatever the reason, it cannot be run.
    return false;
  }
}
