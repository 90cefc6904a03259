import { MemorydError } from '../errors.ts';
import type { Roots } from '../layout.ts';
import { type Problem, problemLines } from '../service/problem.ts';
import { editHint } from '../service/shell-line.ts';
import type { Files } from '../system/files.ts';
import { type AdapterText, allAdapterTexts, readAdapterText } from './files.ts';
import { type Adapter, parseAdapter } from './schema.ts';

/** A checked adapter file. */
export type AdapterFile = Pick<AdapterText, 'name' | 'path' | 'source'> &
  (
    | { kind: 'valid'; adapter: Adapter }
    | { kind: 'unreadable'; why: string }
    | { kind: 'invalid'; problems: Problem[] }
  );

function parseFile(file: AdapterText): AdapterFile {
  const { name, path, source } = file;
  return file.kind === 'content' ? { name, path, source, ...parseAdapter(file.text, name) } : file;
}

/** The adapter called `name`, valid or not; `undefined` if there is none. */
export async function findAdapter(
  files: Files,
  roots: Roots,
  name: string,
): Promise<AdapterFile | undefined> {
  const file = await readAdapterText(files, roots, name);
  return file === undefined ? undefined : parseFile(file);
}

/** All adapters, by name. */
export async function allAdapters(files: Files, roots: Roots): Promise<AdapterFile[]> {
  return (await allAdapterTexts(files, roots)).map(parseFile);
}

/** The adapter called `name`. Throws `configuration` with the path of each wrong field, or if there is none. */
export async function loadAdapter(files: Files, roots: Roots, name: string): Promise<Adapter> {
  const file = await findAdapter(files, roots, name);
  if (file === undefined) {
    throw new MemorydError('configuration', `there is no adapter called ${JSON.stringify(name)}`, {
      hint: 'memoryd adapters',
    });
  }
  if (file.kind === 'valid') return file.adapter;
  if (file.kind === 'unreadable') {
    throw new MemorydError('configuration', `cannot read ${file.path}: ${file.why}`);
  }
  throw new MemorydError('configuration', `${file.path}: ${problemLines(file.problems).join('; ')}`, {
    hint: editHint(file.path),
  });
}
