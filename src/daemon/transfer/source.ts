import { createHash } from 'node:crypto';
import type { ImportedMemory } from '../store/index.ts';

/** An entry of a source that is not a memory: its place and the reason. */
export interface Skipped {
  /** `line 7`, `entry 3`, or a name. */
  where: string;
  why: string;
}

/** The content of a source. */
export interface ParsedSource {
  memories: ImportedMemory[];
  skipped: Skipped[];
}

/** The limits of a memory, which are the same for memories from clients. */
const longest = { content: 1_000_000, title: 500, project: 200, thread: 200, tag: 100, tags: 50 };

/** Gives a memory cut to the limits, with well-formed text that SQLite stores unchanged. */
export function withinLimits(memory: ImportedMemory): ImportedMemory {
  const cut = (text: string, most: number) => text.slice(0, most).toWellFormed();
  return {
    ...memory,
    content: cut(memory.content, longest.content),
    title: memory.title === null ? null : cut(memory.title, longest.title),
    project: memory.project === null ? null : cut(memory.project, longest.project),
    thread: memory.thread === undefined ? undefined : cut(memory.thread, longest.thread),
    tags: memory.tags.slice(0, longest.tags).map((tag) => cut(tag, longest.tag)),
  };
}

/** Gives the parts of a memory that exceed the limits, as text for a message. Gives `undefined` when nothing does. */
export function beyondLimits({ content, title, project, thread, tags }: ImportedMemory): string | undefined {
  const over = {
    content: content.length > longest.content,
    title: (title?.length ?? 0) > longest.title,
    project: (project?.length ?? 0) > longest.project,
    thread: (thread?.length ?? 0) > longest.thread,
    tags: tags.length > longest.tags,
    tag: tags.some((tag) => tag.length > longest.tag),
  };
  const fields = (Object.keys(over) as (keyof typeof over)[]).filter((field) => over[field]);
  return fields.length === 0
    ? undefined
    : `too long, cut off: ${fields.map((field) => `${field} (at most ${longest[field]})`).join(', ')}`;
}

/** Gives a digest of JSON values, to detect changes of an item. */
export function digestOf(...values: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(values)).digest('hex').slice(0, 32);
}

/** Gives an ISO 8601 time in milliseconds since 1970, or `undefined` for anything else. */
export function timeOf(value: unknown): number | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** Whether a value is an object and not an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value is a text with more than white space. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

/** Gives the texts of a list, and an empty list for anything else. */
export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(isText) : [];
}

/** Parses the lines of a JSONL text. Empty lines are ignored, invalid ones are given as skipped. */
export function parseLines(text: string): {
  values: { where: string; value: unknown }[];
  skipped: Skipped[];
} {
  const values: { where: string; value: unknown }[] = [];
  const skipped: Skipped[] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '') continue;
    const where = `line ${index + 1}`;
    try {
      values.push({ where, value: JSON.parse(line) });
    } catch (error) {
      skipped.push({ where, why: `not JSON: ${(error as SyntaxError).message}` });
    }
  }
  return { values, skipped };
}
