import type { ExportedMemory, ImportedMemory } from '../store/index.ts';
import {
  digestOf,
  isRecord,
  type ParsedSource,
  parseLines,
  type Skipped,
  textsOf,
  timeOf,
} from './source.ts';

/** Gives a memory as a line of an export, without the line end. */
export function memoryLine({ origin, originDigest, ...memory }: ExportedMemory): string {
  return JSON.stringify({ ...memory, ...(origin === null ? {} : { origin, originDigest }) });
}

/** Whether a value is a text that is not empty. Our own export may hold text of spaces only. */
function isContent(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function optionalText(value: unknown): string | undefined {
  return isContent(value) ? value : undefined;
}

/** A number within a range, or `undefined` for anything else. */
function numberOf(value: unknown, least: number, most: number): number | undefined {
  return typeof value === 'number' && value >= least && value <= most ? value : undefined;
}

function integerOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}

function memoryOfLine(line: Record<string, unknown>, content: string): ImportedMemory {
  const title = optionalText(line.title) ?? null;
  const project = optionalText(line.project) ?? null;
  const tags = textsOf(line.tags);
  const id = optionalText(line.id);
  // A line of another program has no id, so its content identifies it.
  const digest = digestOf(title, content, project, tags);
  return {
    content,
    title,
    project,
    tags,
    id,
    createdAt: timeOf(line.createdAt),
    updatedAt: timeOf(line.updatedAt),
    expiresAt: timeOf(line.expiresAt),
    importance: numberOf(line.importance, 0, 1),
    thread: optionalText(line.thread),
    position: integerOf(line.position),
    origin: optionalText(line.origin) ?? (id === undefined ? `jsonl:${digest}` : undefined),
    originDigest: optionalText(line.originDigest) ?? (id === undefined ? digest : undefined),
  };
}

/** Gives a memory of our own export, or of another program, from a value; `undefined` when it is none. */
export function importedMemory(value: unknown): ImportedMemory | undefined {
  return isRecord(value) && isContent(value.content) ? memoryOfLine(value, value.content) : undefined;
}

/** Parses one line of JSONL. `where` names it in what is skipped. */
export function parseMemoryLine(
  line: string,
  where: string,
): { memory: ImportedMemory } | { skipped: Skipped } {
  try {
    const memory = importedMemory(JSON.parse(line.replace(/^\uFEFF/, '')));
    return memory === undefined ? { skipped: { where, why: 'no content' } } : { memory };
  } catch (error) {
    return { skipped: { where, why: `not JSON: ${(error as SyntaxError).message}` } };
  }
}

/**
 * Parses JSONL: our own export, or lines with a `content` and optional `title`, `tags`, `project`, `createdAt`,
 * `updatedAt`, `expiresAt`, `importance`, `thread`, `position` and `id`.
 */
export function parseMemoriesJsonl(text: string): ParsedSource {
  const { values, skipped } = parseLines(text);
  const memories: ImportedMemory[] = [];
  for (const { where, value } of values) {
    const memory = importedMemory(value);
    if (memory === undefined) skipped.push({ where, why: 'no content' });
    else memories.push(memory);
  }
  return { memories, skipped };
}
