import { MemorydError } from '../../errors.ts';
import type { ImportedMemory } from '../store/index.ts';
import { digestOf, isRecord, isText, type ParsedSource, timeOf } from './source.ts';

function parseWhole(text: string, file: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new MemorydError('failed', `${file} is not JSON: ${(error as SyntaxError).message}`, {
      cause: error,
    });
  }
}

/** Parses `remembered.json`: a list of `{ts, type, content}`. Throws `failed` when the file is not such a list. */
export function parseRemembered(text: string): ParsedSource {
  const list = parseWhole(text, 'remembered.json');
  if (!Array.isArray(list)) throw new MemorydError('failed', 'remembered.json is not a list');
  const parsed: ParsedSource = { memories: [], skipped: [] };
  for (const [index, entry] of list.entries()) {
    const { ts, type, content } = isRecord(entry) ? entry : {};
    if (!isText(content)) {
      parsed.skipped.push({ where: `entry ${index + 1}`, why: 'no content' });
      continue;
    }
    const digest = digestOf(ts, content);
    parsed.memories.push({
      title: null,
      content,
      tags: isText(type) ? [type] : [],
      project: null,
      createdAt: timeOf(ts),
      origin: `remembered:${digest}`,
      originDigest: digest,
    });
  }
  return parsed;
}

/** The tag of each category in `entities.json`. */
const categories = { files: 'file', functions: 'function', errors: 'error', packages: 'package' };

function entityMemory(tag: string, name: string, entity: Record<string, unknown>): ImportedMemory {
  const contexts = (Array.isArray(entity.contexts) ? entity.contexts : []).filter(isRecord);
  const lines = contexts.flatMap(({ ts, summary }) =>
    isText(summary) ? [isText(ts) ? `${ts.slice(0, 10)} ${summary}` : summary] : [],
  );
  const times = contexts.flatMap(({ ts }) => timeOf(ts) ?? []);
  return {
    title: name,
    content: lines.length === 0 ? name : lines.join('\n'),
    tags: [tag],
    project: null,
    createdAt: times.toSorted((a, b) => a - b)[0] ?? timeOf(entity.lastSeen),
    updatedAt: timeOf(entity.lastSeen),
    origin: `entity:${tag}:${name}`,
    originDigest: digestOf(lines),
  };
}

/**
 * Parses `entities.json`: files, functions, errors and packages by name, each with the contexts it occurred in. An
 * entity becomes a memory with its name as title and one line per context. Throws `failed` when the file is not such an
 * index.
 */
export function parseEntities(text: string): ParsedSource {
  const index = parseWhole(text, 'entities.json');
  if (!isRecord(index)) throw new MemorydError('failed', 'entities.json is not an index of entities');
  const parsed: ParsedSource = { memories: [], skipped: [] };
  for (const [category, tag] of Object.entries(categories)) {
    const entities = isRecord(index[category]) ? index[category] : {};
    for (const [name, entity] of Object.entries(entities)) {
      if (isRecord(entity) && isText(name)) parsed.memories.push(entityMemory(tag, name, entity));
      else parsed.skipped.push({ where: `${category} ${name}`, why: 'not an entity' });
    }
  }
  return parsed;
}
