import { join } from 'node:path';
import { MemorydError } from '../../../errors.ts';
import type { Files } from '../../../system/files.ts';
import type { ParsedSource } from '../source.ts';
import { decodeText } from '../what.ts';
import { memoryOfNote } from './note.ts';

type FolderFiles = Pick<Files, 'inspect' | 'list' | 'read'>;

/**
 * The Markdown files below a directory, by their paths with slashes. Hidden directories (.git, .obsidian) and links are
 * left out.
 */
async function notesBelow(files: FolderFiles, directory: string, prefix = ''): Promise<string[]> {
  const found: string[] = [];
  for (const name of await files.list(join(directory, prefix))) {
    if (name.startsWith('.')) continue;
    const path = prefix === '' ? name : `${prefix}/${name}`;
    const { kind } = await files.inspect(join(directory, path));
    if (kind === 'directory') found.push(...(await notesBelow(files, directory, path)));
    if (kind === 'file' && /\.(?:md|markdown)$/i.test(name)) found.push(path);
  }
  return found;
}

/**
 * Reads a folder of Markdown files: a project of basic-memory, the repository of memory-mcp, or any other. Each file
 * becomes a memory. Throws `failed` when there are none.
 */
export async function parseFolder(files: FolderFiles, directory: string): Promise<ParsedSource> {
  const paths = await notesBelow(files, directory);
  if (paths.length === 0) throw new MemorydError('failed', 'it is a directory without Markdown files');
  const parsed: ParsedSource = { memories: [], skipped: [] };
  for (const path of paths) {
    const [read, seen] = await Promise.all([
      files.read(join(directory, path)),
      files.inspect(join(directory, path)),
    ]);
    const text = read.kind === 'content' ? decodeText(read.bytes) : undefined;
    const why = read.kind === 'unreadable' ? read.why : text === undefined ? 'not text' : 'empty';
    const changedAt = 'stats' in seen ? Math.round(seen.stats.mtimeMs) : undefined;
    const memory = text === undefined ? undefined : memoryOfNote({ path, text, changedAt });
    if (memory === undefined) parsed.skipped.push({ where: path, why });
    else parsed.memories.push(memory);
  }
  return parsed;
}
