import * as z from 'zod';
import { defineTool, field, noSuchMemory } from './tool.ts';

export const deleteMemory = defineTool({
  name: 'delete_memory',
  title: 'Delete a memory',
  description: 'Deletes a memory for good. Exports and backups made before still have it.',
  input: z.strictObject({ id: field.id }),
  output: z.object({ deleted: z.string().describe('The id of the memory that is gone') }),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  run(store, { id }) {
    if (!store.delete(id)) throw noSuchMemory(id);
    return { deleted: id };
  },
});
