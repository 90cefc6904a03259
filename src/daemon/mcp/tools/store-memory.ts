import * as z from 'zod';
import { defineTool, field, memorySchema } from './tool.ts';

export const storeMemory = defineTool({
  name: 'store_memory',
  title: 'Store a memory',
  description:
    'Remembers something for later conversations: a decision, a preference, a fact, how something was solved. It is on disk when this answers.',
  input: z.strictObject({
    content: field.content,
    title: field.title.optional(),
    tags: field.tags.optional(),
    project: field.project.optional(),
  }),
  output: z.object({ memory: memorySchema }),
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  run: (store, input) => ({ memory: store.add(input) }),
});
