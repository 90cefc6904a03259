import type { ImportedMemory } from '../../store/index.ts';
import { digestOf, isRecord, isText, type ParsedSource, textsOf, timeOf } from '../source.ts';

/** The list in a JSON document of memories: an array, or `memories` of an object. `undefined` for other values. */
export function memoryList(value: unknown): unknown[] | undefined {
  const list = isRecord(value) ? value.memories : value;
  return Array.isArray(list) ? list : undefined;
}

/** ISO 8601, or seconds or milliseconds since 1970. Seconds reach 10 digits until the year 2286. */
function anyTime(value: unknown): number | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) return timeOf(value);
  return Math.round(value < 1e11 ? value * 1000 : value);
}

function tagsOf(value: unknown): string[] {
  return isText(value) ? value.split(',').map((tag) => tag.trim()) : textsOf(value);
}

const first = (...values: unknown[]): string | undefined => values.find(isText);

/** A memory in the terms of several programs: mcp-memory-service, mem0, exports by hand. */
function memoryOf(item: Record<string, unknown>, content: string): ImportedMemory {
  const title = first(item.title, item.name) ?? null;
  const project = first(item.project) ?? null;
  const type = first(item.memory_type, item.type);
  const tags = [...tagsOf(item.tags), ...(type === undefined ? [] : [type])];
  const id = first(item.content_hash, item.id);
  const digest = digestOf(title, content, project, tags);
  return {
    title,
    content,
    tags,
    project,
    createdAt: anyTime(item.created_at_iso ?? item.createdAt ?? item.created_at),
    updatedAt: anyTime(item.updated_at_iso ?? item.updatedAt ?? item.updated_at),
    origin: `json:${id ?? digest}`,
    originDigest: digest,
  };
}

/** Parses a list of memories: objects with `content`, `memory` or `text`, or plain texts (pure). */
export function parseMemoryList(list: readonly unknown[]): ParsedSource {
  const parsed: ParsedSource = { memories: [], skipped: [] };
  for (const [index, item] of list.entries()) {
    const object = isRecord(item) ? item : { content: item };
    const content = first(object.content, object.memory, object.text);
    if (content === undefined) parsed.skipped.push({ where: `entry ${index + 1}`, why: 'no content' });
    else parsed.memories.push(memoryOf(object, content));
  }
  return parsed;
}
