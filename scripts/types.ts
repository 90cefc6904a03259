// Creates the types of the library: the output of `tsc` for src/index.ts, without files that index.d.ts does not need.
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const tsc = join(import.meta.dirname, '..', 'node_modules', '.bin', 'tsc');

/** `from './a.ts'`, `import('./a.ts')` and `import './a.ts'`: the forms that tsc emits. */
const reference = /\b(?:from|import)\s*\(?\s*(['"])(\.{1,2}\/[^'"]+)\1/g;

/** The declaration files that `entry` imports, directly or indirectly, and `entry` itself. */
function reachable(entry: string, seen = new Set<string>()): Set<string> {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  for (const [, , path = ''] of readFileSync(entry, 'utf8').matchAll(reference)) {
    reachable(resolve(dirname(entry), path.replace(/\.[jt]s$/, '.d.ts')), seen);
  }
  return seen;
}

/**
 * Writes the declaration files of the library below `directory`. Throws if `tsc` fails or an imported file is missing.
 */
export function emitTypes(directory: string): void {
  const project = join(import.meta.dirname, 'tsconfig.types.json');
  execFileSync(tsc, ['-p', project, '--outDir', directory], { stdio: 'inherit' });
  const needed = reachable(join(directory, 'index.d.ts'));
  for (const file of globSync('**/*.d.ts', { cwd: directory })) {
    if (!needed.has(join(directory, file))) rmSync(join(directory, file));
  }
}
