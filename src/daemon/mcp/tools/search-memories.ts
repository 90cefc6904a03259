import * as z from 'zod';
import type { SearchHit } from '../../store/index.ts';
import { field, filterFields, filterOf } from '../input/fields.ts';
import { defineTool, listOf, noSuchPage, readOnly } from './tool.ts';

const cursorPattern = /^from-(\d{1,6})$/;

/** The number of matches before the page of a cursor. Throws `failed` for an invalid cursor. */
function offsetOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const [, offset] = cursorPattern.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (offset === undefined) throw noSuchPage();
  return Number(offset);
}

function cursorOf(offset: number): string {
  return Buffer.from(`from-${offset}`).toString('base64url');
}

export const searchMemories = defineTool({
  name: 'search_memories',
  title: 'Search memories',
  description:
    'Finds memories by their words, best first. Any of the words may match, in any form; more and rarer ones rank ' +
    'higher. "several words" is an exact phrase, begin* the beginning of a word, -"phrase" leaves out. A snippet is ' +
    'the whole memory if whole is true; else get_memory gives it.',
  input: z.strictObject({
    query: z.string().min(1).max(10_000).describe('Words, phrases and beginnings to search for'),
    ...filterFields,
    minScore: z.number().min(0).optional().describe('Leave out lower scores, as in an earlier answer'),
    halfLifeDays: z.number().min(0.001).optional().describe('Prefer newer ones: at this age one counts half'),
    related: z.boolean().optional().describe('Also give the memories before and after each in its thread'),
    limit: field.limit(100),
    cursor: field.cursor,
  }),
  output: z.object({ memories: listOf<SearchHit>(), nextCursor: z.string().optional() }),
  annotations: readOnly,
  run({ store }, { query, limit, cursor, halfLifeDays, minScore, related, ...filter }) {
    const offset = offsetOf(cursor);
    const options = { filter: filterOf(filter), halfLifeDays, minScore, related, offset };
    const found = store.search(query, { ...options, limit: limit + 1 });
    const memories = found.slice(0, limit);
    return found.length > limit ? { memories, nextCursor: cursorOf(offset + limit) } : { memories };
  },
});
