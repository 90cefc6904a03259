import { basename } from 'node:path';
import { MemorydError } from '../../errors.ts';
import { shellWord } from '../../service/shell-line.ts';
import type { Files } from '../../system/files.ts';
import { firstBytes } from '../../system/first-bytes.ts';
import { realPath } from '../../system/real-path.ts';
import { formatOf, parsers } from './index.ts';
import type { ParsedSource } from './source.ts';
import { memoryList, parseMemoryList } from './sources/json.ts';
import { decodeText, whatIs, whatText } from './what.ts';

/** What was read of a file or folder. */
export interface ReadSource {
  format: string;
  parsed: ParsedSource;
}

/** How much of a file tells what it is. */
const headBytes = 512;

/**
 * The list of memories in a text that is one JSON document. A text whose first line is complete is JSON lines and is not
 * parsed as a whole; only `{"memories": […]}` may be one line.
 */
function listIn(text: string): unknown[] | undefined {
  const start = text.trimStart();
  if (!/^[[{]/.test(start) || (start.startsWith('{') && !start.includes('"memories"'))) return undefined;
  try {
    return memoryList(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function parseNote(path: string, text: string): Promise<ParsedSource> {
  const { memoryOfNote } = await import('./sources/note.ts');
  const memory = memoryOfNote({ path: basename(path), text });
  return { memories: memory === undefined ? [] : [memory], skipped: [] };
}

async function parseText(path: string, text: string): Promise<ReadSource> {
  if (/\.(?:md|markdown)$/i.test(path)) return { format: 'markdown', parsed: await parseNote(path, text) };
  const format = formatOf(path, text);
  const list = format === 'jsonl' ? listIn(text) : undefined;
  if (list !== undefined) return { format: 'json', parsed: parseMemoryList(list) };
  return { format, parsed: parsers[format](text) };
}

function refused(what: string, path: string): MemorydError {
  const unpack = what === 'compressed with gzip' && path !== '-';
  return new MemorydError('failed', `it is ${what}`, {
    ...(unpack ? { hint: `gunzip -c ${shellWord(path)} | memoryd import -` } : {}),
  });
}

/** Reads the bytes of a file, or of standard input. Throws `failed`, with what it is, when it holds no memories. */
async function parseBytes(path: string, bytes: Buffer): Promise<ReadSource> {
  const what = whatIs(bytes);
  if (what !== undefined) throw refused(what, path);
  const text = decodeText(bytes);
  if (text === undefined) throw refused('not text', path);
  const source = await parseText(path, text);
  if (source.parsed.memories.length === 0) throw refused(whatText(text), path);
  return source;
}

async function readPath(files: Files, given: string): Promise<ReadSource> {
  const path = realPath(given);
  const { kind } = await files.inspect(path);
  if (kind === 'directory') {
    const { parseFolder } = await import('./sources/folder.ts');
    return { format: 'markdown', parsed: await parseFolder(files, path) };
  }
  if (kind === 'file' && whatIs(firstBytes(path, headBytes)) === 'a SQLite database') {
    const { parseDatabase } = await import('./sources/database.ts');
    return parseDatabase(files, path);
  }
  const read = await files.read(path);
  if (read.kind === 'content') return parseBytes(path, read.bytes);
  const seen = read.kind === 'absent' ? 'no such file' : read.why;
  throw new MemorydError('usage', seen);
}

/**
 * Reads what is to be imported: a file in any known format, a SQLite database or a folder of another memory daemon. With
 * `piped`, standard input was read already.
 * Throws `usage` when nothing can be read at `path`, `failed` with what it is when it holds no memories.
 */
export async function readSource(files: Files, path: string, piped?: Buffer): Promise<ReadSource> {
  try {
    const source = piped === undefined ? await readPath(files, path) : await parseBytes(path, piped);
    if (source.parsed.memories.length > 0) return source;
    throw new MemorydError('failed', 'it holds no memories');
  } catch (error) {
    if (!(error instanceof MemorydError)) throw error;
    const { kind, message, hint } = error;
    const from = piped === undefined ? path : 'standard input';
    throw new MemorydError(kind, `cannot import ${from}: ${message}`, {
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}
