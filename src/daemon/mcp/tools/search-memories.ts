import * as z from 'zod';
import { defineTool, field, filterFields, filterOf, memorySchema } from './tool.ts';

const foundSchema = memorySchema.omit({ content: true }).extend({
  snippet: z.string().describe('The whole memory when it is short, else the part that answers best'),
  whole: z.boolean().describe('Whether the snippet is the whole memory; if not, get_memory gives it'),
  score: z.number().describe('How well it answers; comparable within one answer only'),
});

export const searchMemories = defineTool({
  name: 'search_memories',
  title: 'Search memories',
  description:
    'Finds memories by their words, best first. Any of the words may match, in any form; more and rarer ones rank ' +
    'higher. "several words" is an exact phrase, begin* the beginning of a word, -"phrase" leaves out.',
  input: z.strictObject({
    query: z.string().min(1).max(10_000).describe('Words, phrases and beginnings to search for'),
    ...filterFields,
    halfLifeDays: z
      .number()
      .positive()
      .optional()
      .describe('Prefers newer memories: one of this age counts half. Without it age does not count'),
    limit: field.limit(100),
  }),
  output: z.object({ memories: z.array(foundSchema) }),
  annotations: { readOnlyHint: true, openWorldHint: false },
  run(store, { query, limit, halfLifeDays, ...filter }) {
    return { memories: store.search(query, { filter: filterOf(filter), limit, halfLifeDays }) };
  },
});
