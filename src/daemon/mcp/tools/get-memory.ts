import * as z from 'zod';
import { defineTool, field, memorySchema, noSuchMemory } from './tool.ts';

export const getMemory = defineTool({
  name: 'get_memory',
  title: 'Get a memory',
  description: 'Gives one whole memory.',
  input: z.strictObject({ id: field.id }),
  output: z.object({ memory: memorySchema }),
  annotations: { readOnlyHint: true, openWorldHint: false },
  run(store, { id }) {
    const memory = store.get(id);
    if (memory === undefined) throw noSuchMemory(id);
    return { memory };
  },
});
