import { createHash } from 'node:crypto';
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { MemorydError } from '../errors.ts';
import { appDirectory, type Roots } from '../layout.ts';
import { build, packageRoot, version } from '../package.ts';
import type { CopyTree } from '../service/step.ts';

/** What the unit will name, and the copies that must be made first. */
export interface Program {
  /** The private copy of the program: `<data>/app/<version>-<build>`. */
  app: string;
  /** Absolute, inside `app`. */
  entry: string;
  /** Absolute; outlives upgrades of whatever brought it. */
  node: string;
  copies: CopyTree[];
  /** What only commands need: made once the daemon answers. */
  laterCopies: CopyTree[];
}

/** The files of the commands: most of the program, and nothing that a unit runs. */
const commands = join('dist', 'chunks');

/**
 * What of the package is copied before it runs; the library's types, which are more files than all the rest, stay behind.
 * To make a file takes a quarter of a millisecond on ext4, whatever is in it.
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
 * Node binaries that keep their path over upgrades: a distribution's package, an installer, Homebrew's link.
 * `process.execPath` is a real path, and Homebrew's is a Cellar directory that the next upgrade removes (M07);
 * nvm, fnm, Volta, asdf, mise and npx have no path that lasts (L10).
 */
const lasting = [
  '/usr/bin/node',
  '/usr/local/bin/node',
  '/opt/homebrew/opt/node/bin/node',
  '/opt/homebrew/bin/node',
  'C:\\Program Files\\nodejs\\node.exe',
];

/** The lasting path that is the same file as `execPath`, if any. */
function lastingPath(execPath: string): string | undefined {
  const real = realpathSync(execPath);
  return lasting.find((path) => {
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
    copy: { kind: 'copy', from: dirname(from), to, entries: [entry], link: true, why },
  };
}

/**
 * Where this program will live for the service's sake. Reads the disk, changes nothing.
 * Throws `failed` when it runs from sources: a unit needs a build.
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
