import * as z from 'zod';
import { MemorydError } from '../../../errors.ts';
import { defineTool, field, filterFields, filterOf, memorySchema } from './tool.ts';

export const listMemories = defineTool({
  name: 'list_memories',
  title: 'List memories',
  description: 'Lists memories, newest first, page by page.',
  input: z.strictObject({
    ...filterFields,
    limit: field.limit(100),
    cursor: z
      .string()
      .max(100)
      .optional()
      .describe('nextCursor of the page before; the filters must be the same'),
  }),
  output: z.object({
    memories: z.array(memorySchema),
    nextCursor: z.string().optional().describe('Absent on the last page'),
  }),
  annotations: { readOnlyHint: true, openWorldHint: false },
  run(store, { limit, cursor, ...filter }) {
    const page = store.list(filterOf(filter), limit, cursor);
    if (page === undefined)
      throw new MemorydError('failed', 'unknown cursor: use the nextCursor of an earlier page');
    return { memories: page.memories, nextCursor: page.next };
  },
});
