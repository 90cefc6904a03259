import { constants, copyFileSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { chmod, copyFile, link, mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, MemorydError } from '../../errors.ts';
import type { CopyTree, RemoveTree } from '../../service/step.ts';
import { missingParents, removeWhileEmpty } from '../../system/parents.ts';
import type { StepHandler } from '../context.ts';

/**
 * A hard link, if the file system and the owner allow it, else a copy that shares blocks if possible. Installers
 * replace the Node binary and never write it in place, so a link survives.
 */
async function linkOrCopy(from: string, to: string): Promise<void> {
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
function copyPlain(from: string, to: string): void {
  if (statSync(from).isDirectory()) {
    mkdirSync(to);
    for (const name of readdirSync(from)) copyPlain(join(from, name), join(to, name));
  } else copyFileSync(from, to);
}

const partial = (to: string): string => `${to}.partial`;

export const copyTree: StepHandler<CopyTree, string[]> = {
  capture: ({ to }, { system }) => missingParents(system.files, to),
  async run({ from, to, entries, link: linked }, { system }) {
    await system.files.removeTree(partial(to));
    await mkdir(partial(to), { recursive: true, mode: 0o700 });
    for (const entry of entries) {
      const target = join(partial(to), entry);
      await mkdir(dirname(target), { recursive: true });
      if (linked) await linkOrCopy(join(from, entry), target);
      else copyPlain(join(from, entry), target);
    }
    await rename(partial(to), to);
  },
  async undo({ to }, madeParents, { system }) {
    await system.files.removeTree(partial(to));
    await system.files.removeTree(to);
    await removeWhileEmpty(madeParents);
  },
};

export const removeTree: StepHandler<RemoveTree, null> = {
  capture: async () => null,
  run: ({ path }, { system }) => system.files.removeTree(path),
  async undo({ path }) {
    throw new MemorydError('failed', `${path} cannot be restored`);
  },
};
