import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { repository } from '../support/lab.ts';

/** A file of src: its path there, its text without comments, and what it imports, as paths in src. */
export interface Source {
  path: string;
  code: string;
  imports: readonly string[];
}

const comment = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm;
const relativeImport = /\b(?:from|import\()\s*'(\.{1,2}\/[^']+)'/g;

/** Every TypeScript file of src. */
export function readSources(): Source[] {
  const root = join(repository, 'src');
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => {
      const code = readFileSync(join(root, path), 'utf8').replaceAll(comment, '');
      const imports = [...code.matchAll(relativeImport)].map(([, to = '']) =>
        posix.normalize(posix.join(dirname(path), to)),
      );
      return { path, code, imports };
    });
}

/** The folder of src that a file lies in; a file of src itself is its own. */
export function folderOf(path: string): string {
  return path.split('/', 1)[0] ?? path;
}
