import { basename, join } from 'node:path';
import { MemorydError } from '../errors.ts';
import { appDirectory, type Roots } from '../layout.ts';
import { build, packageRoot, version } from '../package.ts';
import type { CopyTree } from '../service/step.ts';
import type { Files } from '../system/files.ts';
import { realPath } from '../system/real-path.ts';
import { planNode } from './node-program.ts';

/** The program that the unit runs, and the copies that must be made first. */
export interface Program {
  /** The private copy of the program: `<data>/app/<version>-<build>`. */
  app: string;
  /** Absolute, inside `app`. */
  entry: string;
  /** Absolute. It survives upgrades of its source. */
  node: string;
  copies: CopyTree[];
  /** Files that only commands need. They are copied after the daemon answers. */
  laterCopies: CopyTree[];
}

/** The files of the commands: most of the program, but nothing that a unit runs. */
const commands = join('dist', 'chunks');

/**
 * The entries that are copied first. The types of the library, which are most of the files, are left out: creating a
 * file takes a quarter of a millisecond on ext4, whatever its size.
 */
async function entriesOf(files: Pick<Files, 'list'>, root: string): Promise<string[]> {
  const built = (await files.list(join(root, 'dist'))).map((name) => join('dist', name));
  return [
    'package.json',
    'templates',
    ...built.filter((name) => name !== commands && basename(name) !== 'types'),
  ];
}

async function copiesTo(
  files: Pick<Files, 'list'>,
  app: string,
): Promise<Pick<Program, 'copies' | 'laterCopies'>> {
  if (realPath(packageRoot) === app) return { copies: [], laterCopies: [] };
  const [from, to] = [join(packageRoot, commands), join(app, commands)];
  const copy = { kind: 'copy', link: false } as const;
  return {
    copies: [
      {
        ...copy,
        from: packageRoot,
        to: app,
        entries: await entriesOf(files, packageRoot),
        why: 'a private copy of the program',
      },
    ],
    laterCopies: [
      { ...copy, from, to, entries: await files.list(from), why: 'the commands of the private copy' },
    ],
  };
}

/**
 * Where the program of the service will be. Reads the disk and changes nothing. Throws `failed` if this program runs
 * from sources: a unit needs a build.
 */
export async function planProgram(
  files: Pick<Files, 'inspect' | 'list'>,
  roots: Roots,
  execPath = process.execPath,
): Promise<Program> {
  if (build === 'source') {
    throw new MemorydError('failed', 'a service needs the built program, and this runs from sources', {
      hint: 'npm run build',
    });
  }
  const app = join(appDirectory(roots), `${version}-${build}`);
  const { copies, laterCopies } = await copiesTo(files, app);
  const entry = join(app, 'dist', 'memoryd.cjs');
  const { node, copy } = await planNode(files, roots, execPath);
  if (copy !== undefined && realPath(execPath) !== node) copies.push(copy);
  return { app, entry, node, copies, laterCopies };
}
