import * as z from 'zod';
import type { Memory } from '../../store/index.ts';
import { bare, field, filterFields, filterOf } from '../input/fields.ts';
import { defineTool, listOf, noSuchPage, readOnly } from './tool.ts';

export const listMemories = defineTool({
  name: 'list_memories',
  title: 'List memories',
  description: 'Lists whole memories, newest first, page by page.',
  input: z.strictObject({
    ...filterFields,
    thread: bare.thread.optional(),
    limit: field.limit(100),
    cursor: field.cursor,
  }),
  output: z.object({ memories: listOf<Memory>(), nextCursor: z.string().optional() }),
  annotations: readOnly,
  run({ store }, { limit, cursor, ...filter }) {
    const page = store.list(filterOf(filter), limit, cursor);
    if (page === undefined) throw noSuchPage();
    return page.next === undefined
      ? { memories: page.memories }
      : { memories: page.memories, nextCursor: page.next };
  },
});
