import type { ImportedMemory } from '../store/index.ts';
import { digestOf, isRecord, isText, type ParsedSource, parseLines } from './source.ts';

interface Entity {
  name: string;
  entityType: string;
  facts: string[];
}

/** The texts of observations. Forks of the server wrap each in an object with `content`. */
function observationsOf(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.map((one) => (isRecord(one) ? one.content : one)).filter(isText);
}

function memoryOf({ name, entityType, facts }: Entity): ImportedMemory {
  return {
    title: name,
    content: facts.length === 0 ? name : facts.join('\n'),
    tags: entityType === '' ? [] : [entityType],
    project: null,
    origin: `server-memory:${name}`,
    originDigest: digestOf(entityType, facts),
  };
}

/**
 * Parses the file of @modelcontextprotocol/server-memory: a knowledge graph with one entity or relation per line. An
 * entity becomes a memory: its name is the title, its type a tag, its observations and outgoing relations the lines.
 */
export function parseServerMemory(text: string): ParsedSource {
  const { values, skipped } = parseLines(text);
  const entities = new Map<string, Entity>();
  const entity = (name: string) => {
    const known = entities.get(name) ?? { name, entityType: '', facts: [] };
    entities.set(name, known);
    return known;
  };
  for (const { where, value } of values) {
    const { type, name, entityType, observations, from, to, relationType } = isRecord(value) ? value : {};
    if (type === 'entity' && isText(name)) {
      const known = entity(name);
      if (isText(entityType)) known.entityType = entityType;
      known.facts.push(...observationsOf(observations));
    } else if (type === 'relation' && isText(from) && isText(to) && isText(relationType)) {
      entity(from).facts.push(`${relationType} ${to}`);
    } else {
      skipped.push({ where, why: 'neither an entity nor a relation' });
    }
  }
  return { memories: [...entities.values()].map(memoryOf), skipped };
}
