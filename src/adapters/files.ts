import { join } from 'node:path';
import { adaptersDirectory, type Roots } from '../layout.ts';
import { packageRoot } from '../package.ts';
import { namePattern } from '../service/name.ts';
import type { Files } from '../system/files.ts';

/** The text of an adapter file, not yet checked. A file of the user replaces the bundled one of the same name. */
export type AdapterText = { name: string; path: string; source: 'bundled' | 'user' } & (
  | { kind: 'content'; text: string }
  | { kind: 'unreadable'; why: string }
);

const bundledDirectory = join(packageRoot, 'templates', 'adapters');

function directories(roots: Roots) {
  return [
    { source: 'user', directory: adaptersDirectory(roots) },
    { source: 'bundled', directory: bundledDirectory },
  ] as const;
}

/** The file of the adapter called `name`, for any name; `undefined` if there is none. */
async function lookUp(files: Files, roots: Roots, name: string): Promise<AdapterText | undefined> {
  for (const { source, directory } of directories(roots)) {
    const path = join(directory, `${name}.json`);
    const read = await files.read(path);
    if (read.kind === 'content') return { name, path, source, kind: 'content', text: read.text };
    if (read.kind === 'unreadable') return { name, path, source, ...read };
  }
  return undefined;
}

/** The file of the adapter called `name`; `undefined` if there is none, or the name is not valid. */
export async function readAdapterText(
  files: Files,
  roots: Roots,
  name: string,
): Promise<AdapterText | undefined> {
  return namePattern.test(name) ? lookUp(files, roots, name) : undefined;
}

/** All adapter files, by name. */
export async function allAdapterTexts(files: Files, roots: Roots): Promise<AdapterText[]> {
  const lists = await Promise.all(directories(roots).map(({ directory }) => files.list(directory)));
  const names = lists.flat().filter((file) => file.endsWith('.json'));
  const unique = [...new Set(names.map((file) => file.slice(0, -'.json'.length)))].sort();
  const found = await Promise.all(unique.map((name) => lookUp(files, roots, name)));
  return found.filter((file) => file !== undefined);
}
