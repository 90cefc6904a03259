import { basename } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ImportedMemory, ImportOutcome, Store } from '../store/index.ts';
import { memoryLine, parseMemoriesJsonl } from './memories-jsonl.ts';
import { parseServerMemory } from './server-memory.ts';
import {
  beyondLimits,
  isRecord,
  type ParsedSource,
  parseLines,
  type Skipped,
  withinLimits,
} from './source.ts';
import { parseEntities, parseRemembered } from './sync-files.ts';

export type { Skipped } from './source.ts';

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

export interface ImportReport extends Record<ImportOutcome, number> {
  /** Entries that are not memories, with the reason. The others were imported. */
  skipped: Skipped[];
  /** Memories that were cut to the limits, by title or first words. */
  shortened: Skipped[];
}

/** The memories of one transaction. Between two transactions the daemon answers other requests. */
const batchSize = 500;

function nameOf({ title, content }: ImportedMemory): string {
  return JSON.stringify((title ?? content).slice(0, 60));
}

function inProject(memory: ImportedMemory, project: string | undefined): ImportedMemory {
  if (memory.project !== null || project === undefined) return memory;
  // The same item in two projects counts as two items.
  const origin = memory.origin === undefined ? undefined : `${project}:${memory.origin}`;
  return { ...memory, project, origin };
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
  const report: ImportReport = { stored: 0, updated: 0, unchanged: 0, skipped, shortened: [] };
  for (let start = 0; start < memories.length; start += batchSize) {
    const batch = memories.slice(start, start + batchSize);
    const outcomes = store.import(batch.map((memory) => withinLimits(inProject(memory, project))));
    for (const [at, outcome] of outcomes.entries()) {
      report[outcome] += 1;
      const memory = batch[at] as ImportedMemory;
      const why = beyondLimits(memory);
      if (why !== undefined) report.shortened.push({ where: nameOf(memory), why });
    }
    await nextTurn();
  }
  return report;
}

/** Gives all memories as JSONL, one line at a time, with line ends. */
export function* exportMemories(store: Store): Generator<string> {
  for (const memory of store.export()) yield `${memoryLine(memory)}\n`;
}
