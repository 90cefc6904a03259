import { createHash } from 'node:crypto';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { appDirectory, type Roots } from '../layout.ts';
import type { CopyTree } from '../service/step.ts';
import type { Files } from '../system/files.ts';
import { realPath } from '../system/real-path.ts';

/** The Node that a unit runs, and the copy that must be made of it first, if its path does not last. */
export interface NodeProgram {
  node: string;
  copy?: CopyTree;
}

/**
 * Node binaries whose path survives upgrades: of a distribution, an installer, MacPorts, Nix, or a Homebrew link.
 * `process.execPath` is a real path, and for Homebrew that is a Cellar directory that the next upgrade removes (M07).
 * nvm, fnm, Volta, asdf, mise and npx have no stable path (L10).
 */
const lasting = [
  '/usr/bin/node',
  '/usr/local/bin/node',
  '/opt/homebrew/bin/node',
  '/opt/local/bin/node',
  '/run/current-system/sw/bin/node',
  '/nix/var/nix/profiles/default/bin/node',
  'C:\\Program Files\\nodejs\\node.exe',
];

/**
 * The path below `opt` that Homebrew keeps for a formula, also for one that it does not link into `bin`, such as
 * `node@22` (N11).
 */
export function optPath(real: string): string | undefined {
  const [, prefix, formula] = /^(.+)\/Cellar\/([^/]+)\/[^/]+\/bin\/node$/.exec(real) ?? [];
  return prefix === undefined ? undefined : `${prefix}/opt/${formula}/bin/node`;
}

/** The shared library of a Node that is a small launcher. It is found from the directory of the launcher (N11). */
const library = /^libnode\..*(?:dylib|so[.\d]*)$/;

/** Chooses the path of Node for units: the one that runs now, by a path that lasts, or a private copy of it. */
export async function planNode(
  files: Pick<Files, 'inspect' | 'list'>,
  roots: Roots,
  execPath: string,
): Promise<NodeProgram> {
  const real = realPath(execPath);
  const opt = optPath(real);
  // A path of another system would be looked up in the working directory (N28).
  const known = [...(opt === undefined ? [] : [opt]), ...lasting].filter(isAbsolute);
  const stable = known.find((path) => realPath(path) === real);
  if (stable !== undefined) return { node: stable };
  const seen = await files.inspect(real);
  const { size, mtimeMs } = 'stats' in seen ? seen.stats : { size: 0, mtimeMs: 0 };
  const id = createHash('sha256').update(`${process.arch} ${size} ${mtimeMs}`).digest('hex').slice(0, 8);
  const to = join(appDirectory(roots), `node-${process.versions.node}-${id}`);
  const directory = dirname(real);
  const libraries = (await files.list(join(dirname(directory), 'lib'))).filter((name) => library.test(name));
  const program = libraries.length === 0 ? basename(real) : join(basename(directory), basename(real));
  return {
    node: join(to, program),
    copy: {
      kind: 'copy',
      from: libraries.length === 0 ? directory : dirname(directory),
      to,
      entries: [program, ...libraries.map((name) => join('lib', name))],
      // Windows cannot remove a link to a program while it runs under any of its names (N03).
      link: process.platform !== 'win32',
      starts: program,
      why: `${directory} may be replaced by an upgrade`,
    },
  };
}
