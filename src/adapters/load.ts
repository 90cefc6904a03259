import { join } from 'node:path';
import { MemorydError } from '../errors.ts';
import { adaptersDirectory, type Roots } from '../layout.ts';
import { packageRoot } from '../package.ts';
import type { Problem } from '../service/definition.ts';
import { namePattern } from '../service/name.ts';
import type { Files } from '../system/files.ts';
import { type Adapter, parseAdapter } from './schema.ts';

/** An adapter file. One of the user's own replaces the bundled one of its name. */
export type AdapterFile = { name: string; path: string; source: 'bundled' | 'user' } & (
  | { kind: 'valid'; adapter: Adapter }
  | { kind: 'unreadable'; why: string }
  | { kind: 'invalid'; problems: Problem[] }
);

const bundledDirectory = join(packageRoot, 'templates', 'adapters');

function directories(roots: Pick<Roots, 'config'>) {
  return [
    { source: 'user', directory: adaptersDirectory(roots as Roots) },
    { source: 'bundled', directory: bundledDirectory },
  ] as const;
}

async function readAdapter(
  files: Files,
  { source, directory }: ReturnType<typeof directories>[number],
  name: string,
): Promise<AdapterFile | undefined> {
  const path = join(directory, `${name}.json`);
  const read = await files.read(path);
  if (read.kind === 'absent') return undefined;
  if (read.kind === 'unreadable') return { name, path, source, ...read };
  return { name, path, source, ...parseAdapter(read.text, name) };
}

/** The adapter called `name` as it lies there; `undefined` when there is none. */
export async function findAdapter(
  files: Files,
  roots: Roots,
  name: string,
): Promise<AdapterFile | undefined> {
  return namePattern.test(name) ? lookUp(files, roots, name) : undefined;
}

async function lookUp(files: Files, roots: Roots, name: string): Promise<AdapterFile | undefined> {
  for (const place of directories(roots)) {
    const found = await readAdapter(files, place, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Every adapter there is, by name. */
export async function allAdapters(files: Files, roots: Roots): Promise<AdapterFile[]> {
  const lists = await Promise.all(directories(roots).map(({ directory }) => files.list(directory)));
  const names = lists.flat().filter((file) => file.endsWith('.json'));
  const unique = [...new Set(names.map((file) => file.slice(0, -'.json'.length)))].sort();
  const found = await Promise.all(unique.map((name) => lookUp(files, roots, name)));
  return found.filter((file) => file !== undefined);
}

/** The adapter called `name`. Throws `configuration` with the path of each wrong field, or when there is none. */
export async function loadAdapter(files: Files, roots: Roots, name: string): Promise<Adapter> {
  const file = await findAdapter(files, roots, name);
  if (file === undefined) {
    throw new MemorydError('configuration', `adapter: there is none called ${JSON.stringify(name)}`, {
      hint: 'memoryd adapters',
    });
  }
  if (file.kind === 'valid') return file.adapter;
  const why =
    file.kind === 'unreadable'
      ? file.why
      : file.problems.map(({ path, message }) => `${path || '(whole)'}: ${message}`).join('; ');
  throw new MemorydError('configuration', `${file.path}: ${why}`, { hint: `$EDITOR ${file.path}` });
}
