import * as z from 'zod';
import { defineTool, field, memorySchema, noSuchMemory } from './tool.ts';

export const updateMemory = defineTool({
  name: 'update_memory',
  title: 'Update a memory',
  description: 'Changes the named parts of a memory and keeps the rest. It is on disk when this answers.',
  input: z.strictObject({
    id: field.id,
    content: field.content.optional(),
    title: field.title.nullable().optional().describe('null removes the title'),
    tags: field.tags.optional().describe('The new tags, which replace the current ones'),
    project: field.project.nullable().optional().describe('null removes it from its project'),
  }),
  output: z.object({ memory: memorySchema }),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  run(store, { id, ...change }) {
    const memory = store.update(id, change);
    if (memory === undefined) throw noSuchMemory(id);
    return { memory };
  },
});
