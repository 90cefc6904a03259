import { createHash } from 'node:crypto';
import type { ImportedMemory } from '../store/index.ts';

/** Something in a source that is no memory, where it is and why. */
export interface Skipped {
  /** `line 7`, `entry 3`, or a name. */
  where: string;
  why: string;
}

/** What a source holds. */
export interface ParsedSource {
  memories: ImportedMemory[];
  skipped: Skipped[];
}

/** Limits of a memory, the same as for those that clients store. */
const longest = { content: 1_000_000, title: 500, project: 200, tag: 100, tags: 50 };

/** Cuts what is beyond the limits and gives back text that SQLite keeps as it is. */
export function withinLimits(memory: ImportedMemory): ImportedMemory {
  const cut = (text: string, most: number) => text.slice(0, most).toWellFormed();
  return {
    ...memory,
    content: cut(memory.content, longest.content),
    title: memory.title === null ? null : cut(memory.title, longest.title),
    project: memory.project === null ? null : cut(memory.project, longest.project),
    tags: memory.tags.slice(0, longest.tags).map((tag) => cut(tag, longest.tag)),
  };
}

/** What of a memory is beyond the limits and will be cut off, for people; undefined when all of it fits. */
export function beyondLimits({ content, title, project, tags }: ImportedMemory): string | undefined {
  const over = {
    content: content.length > longest.content,
    title: (title?.length ?? 0) > longest.title,
    project: (project?.length ?? 0) > longest.project,
    tags: tags.length > longest.tags,
    tag: tags.some((tag) => tag.length > longest.tag),
  };
  const fields = (Object.keys(over) as (keyof typeof over)[]).filter((field) => over[field]);
  return fields.length === 0
    ? undefined
    : `too long, cut off: ${fields.map((field) => `${field} (at most ${longest[field]})`).join(', ')}`;
}

/** A digest of JSON values: how a thing looked. */
export function digestOf(...values: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(values)).digest('hex').slice(0, 32);
}

/** Milliseconds since 1970 of an ISO 8601 time, or undefined for what is none. */
export function timeOf(value: unknown): number | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(isText) : [];
}

/** The lines of a JSONL text as JSON values; empty lines are none. */
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
