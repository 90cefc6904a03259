import { createHash } from 'node:crypto';
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { MemorydError } from '../errors.ts';
import { appDirectory, type Roots } from '../layout.ts';
import { build, packageRoot, version } from '../package.ts';
import type { CopyTree } from '../service/step.ts';

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
function entriesOf(root: string): string[] {
  const built = readdirSync(join(root, 'dist')).map((name) => join('dist', name));
  return [
    'package.json',
    'templates',
    ...built.filter((name) => name !== commands && basename(name) !== 'types'),
  ];
}

function copiesTo(app: string): Pick<Program, 'copies' | 'laterCopies'> {
  if (realpathSync(packageRoot) === app) return { copies: [], laterCopies: [] };
  const [from, to] = [join(packageRoot, commands), join(app, commands)];
  const copy = { kind: 'copy', link: false } as const;
  return {
    copies: [
      {
        ...copy,
        from: packageRoot,
        to: app,
        entries: entriesOf(packageRoot),
        why: 'a private copy of the program',
      },
    ],
    laterCopies: [{ ...copy, from, to, entries: readdirSync(from), why: 'the commands of the private copy' }],
  };
}

/**
 * Node binaries whose path survives upgrades: of a distribution, an installer, or a Homebrew link. `process.execPath`
 * is a real path, and for Homebrew that is a Cellar directory that the next upgrade removes (M07). nvm, fnm, Volta,
 * asdf, mise and npx have no stable path (L10).
 */
const lasting = [
  '/usr/bin/node',
  '/usr/local/bin/node',
  '/opt/homebrew/opt/node/bin/node',
  '/opt/homebrew/bin/node',
  'C:\\Program Files\\nodejs\\node.exe',
];

/** The stable path that is the same file as `execPath`, if any. */
function lastingPath(execPath: string): string | undefined {
  const real = realpathSync(execPath);
  // A path of another system would be looked up in the working directory (N28).
  return lasting.filter(isAbsolute).find((path) => {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats !== undefined && realpathSync(path) === real;
  });
}

function nodeCopy(roots: Roots, execPath: string): { node: string; copy: CopyTree } {
  const from = realpathSync(execPath);
  const { size, mtimeMs } = statSync(from);
  const id = createHash('sha256').update(`${process.arch} ${size} ${mtimeMs}`).digest('hex').slice(0, 8);
  const to = join(appDirectory(roots), `node-${process.versions.node}-${id}`);
  const entry = basename(from);
  const why = `${dirname(from)} may be replaced by an upgrade`;
  return {
    node: join(to, entry),
    // Windows cannot remove a link to a program while it runs under any of its names (N03).
    copy: {
      kind: 'copy',
      from: dirname(from),
      to,
      entries: [entry],
      link: process.platform !== 'win32',
      why,
    },
  };
}

/**
 * Where the program of the service will be. Reads the disk and changes nothing. Throws `failed` if this program runs
 * from sources: a unit needs a build.
 */
export function planProgram(roots: Roots, execPath = process.execPath): Program {
  if (build === 'source') {
    throw new MemorydError('failed', 'a service needs the built program, and this runs from sources', {
      hint: 'npm run build',
    });
  }
  const app = join(appDirectory(roots), `${version}-${build}`);
  const { copies, laterCopies } = copiesTo(app);
  const entry = join(app, 'dist', 'memoryd.cjs');
  const last = lastingPath(execPath);
  if (last !== undefined) return { app, entry, node: last, copies, laterCopies };
  const { node, copy } = nodeCopy(roots, execPath);
  if (realpathSync(execPath) !== node) copies.push(copy);
  return { app, entry, node, copies, laterCopies };
}
