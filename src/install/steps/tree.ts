import { dirname, join } from 'node:path';
import { MemorydError } from '../../errors.ts';
import { shellLine, shellWord } from '../../service/shell-line.ts';
import type { CopyTree, RemoveTree } from '../../service/step.ts';
import { missingParents, removeWhileEmpty } from '../../system/parents.ts';
import type { System } from '../../system/system.ts';
import { copyPlain, isExecutable, linkOrCopy } from '../../system/tree/copy.ts';
import type { StepHandler } from '../context.ts';

/** access(2) denies it on a file system that is mounted noexec, where no unit could start its program (N30). */
async function requireExecutable(path: string): Promise<void> {
  if (await isExecutable(path)) return;
  const directory = dirname(path);
  throw new MemorydError('permission', `programs cannot be run below ${directory}: is it mounted noexec?`, {
    hint: `findmnt -T ${shellWord(directory)}`,
  });
}

const partial = (to: string): string => `${to}.partial`;

/** Throws `failed` when a copied program does not start, as one whose libraries are not found (N11). */
async function requireStart(
  { exec, platform }: Pick<System, 'exec' | 'platform'>,
  copy: string,
  original: string,
): Promise<void> {
  const result = await exec.run([copy, '--version'], { timeoutMs: 30_000 });
  if (result.kind === 'exited' && result.code === 0) return;
  const libraries = platform === 'darwin' ? ['otool', '-L', original] : ['ldd', original];
  throw new MemorydError('failed', `a copy of ${original} does not start`, {
    words: 'stderr' in result ? result.stderr : result.kind,
    ...(platform === 'win32' ? {} : { hint: shellLine(libraries) }),
  });
}

export const copyTree: StepHandler<CopyTree, string[]> = {
  capture: ({ to }, { system }) => missingParents(system.files, to),
  async run({ from, to, entries, link, starts }, { system: { exec, files, platform } }) {
    await files.removeTree(partial(to));
    await files.makeDirectory(partial(to));
    for (const entry of entries) {
      const target = join(partial(to), entry);
      await files.makeDirectory(dirname(target), 0o777);
      if (link) await linkOrCopy(join(from, entry), target);
      else copyPlain(join(from, entry), target);
    }
    if (starts !== undefined) {
      await requireExecutable(join(partial(to), starts));
      await requireStart({ exec, platform }, join(partial(to), starts), join(from, starts));
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
