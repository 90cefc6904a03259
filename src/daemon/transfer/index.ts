import { basename } from 'node:path';
import type { ExportedMemory, Store } from '../store/index.ts';
import { createImporter, type ImportReport } from './importer.ts';
import { memoryLine, parseMemoriesJsonl, parseMemoryLine } from './memories-jsonl.ts';
import { parseServerMemory } from './server-memory.ts';
import { isRecord, type ParsedSource, parseLines } from './source.ts';
import { parseEntities, parseRemembered } from './sync-files.ts';

export type { ImportReport } from './importer.ts';

/** The parser of each text format. */
export const parsers = {
  /** An export of memoryd, or any JSONL with a `content` in each line. */
  jsonl: parseMemoriesJsonl,
  /** The file of @modelcontextprotocol/server-memory. */
  'server-memory': parseServerMemory,
  /** `remembered.json` of the sync files. */
  remembered: parseRemembered,
  /** `entities.json` of the sync files. */
  entities: parseEntities,
} satisfies Record<string, (text: string) => ParsedSource>;

export type ImportFormat = keyof typeof parsers;

/** Gives the format of a file, from its name and first line. */
export function formatOf(path: string, text: string): ImportFormat {
  if (basename(path) === 'remembered.json') return 'remembered';
  if (basename(path) === 'entities.json') return 'entities';
  const [first] = parseLines(text.slice(0, text.indexOf('\n') + 1 || undefined)).values;
  const type = isRecord(first?.value) ? first.value.type : undefined;
  return type === 'entity' || type === 'relation' ? 'server-memory' : 'jsonl';
}

export interface ImportOptions {
  /** The project of memories that name none, such as the sync project they come from. */
  project?: string | undefined;
}

/**
 * Imports the text of a file. Throws `failed` when the text does not have the format, and what importParsed throws.
 */
export async function importMemories(
  store: Store,
  text: string,
  { format, ...options }: ImportOptions & { format: ImportFormat },
): Promise<ImportReport> {
  return importParsed(store, parsers[format](text), options);
}

/**
 * Imports the memories of a source. Importing it again stores nothing twice and updates what has changed in it. Batches
 * that were imported before an error stay.
 */
export async function importParsed(
  store: Store,
  { memories, skipped }: ParsedSource,
  { project }: ImportOptions = {},
): Promise<ImportReport> {
  const importer = createImporter(store, project);
  importer.report.skipped.push(...skipped);
  for (const memory of memories) await importer.add(memory);
  return importer.end();
}

/**
 * Imports the lines of JSONL, one after another, so that a file of any size needs little memory. Otherwise the same as
 * `importMemories`.
 */
export async function importLines(
  store: Store,
  lines: AsyncIterable<string> | Iterable<string>,
  project: string | undefined,
): Promise<ImportReport> {
  const importer = createImporter(store, project);
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === '') continue;
    const parsed = parseMemoryLine(line, `line ${number}`);
    if ('memory' in parsed) await importer.add(parsed.memory);
    else importer.report.skipped.push(parsed.skipped);
  }
  return importer.end();
}

/** Gives a memory as a line of an export, with its line end. */
export function exportLine(memory: ExportedMemory): string {
  return `${memoryLine(memory)}\n`;
}

/** Gives all memories as JSONL, one line at a time, with line ends. */
export function* exportMemories(store: Store): Generator<string> {
  for (const memory of store.export()) yield exportLine(memory);
}
