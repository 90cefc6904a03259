import { dirname, join } from 'node:path';
import { MemorydError } from '../../errors.ts';
import type { CopyTree, RemoveTree } from '../../service/step.ts';
import { missingParents, removeWhileEmpty } from '../../system/parents.ts';
import { copyPlain, linkOrCopy } from '../../system/tree/copy.ts';
import type { StepHandler } from '../context.ts';

const partial = (to: string): string => `${to}.partial`;

export const copyTree: StepHandler<CopyTree, string[]> = {
  capture: ({ to }, { system }) => missingParents(system.files, to),
  async run({ from, to, entries, link }, { system: { files } }) {
    await files.removeTree(partial(to));
    await files.makeDirectory(partial(to));
    for (const entry of entries) {
      const target = join(partial(to), entry);
      await files.makeDirectory(dirname(target), 0o777);
      if (link) await linkOrCopy(join(from, entry), target);
      else copyPlain(join(from, entry), target);
    }
    await files.rename(partial(to), to);
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
