import * as z from 'zod';
import { field } from '../input/fields.ts';
import { defineTool, noSuchMemory } from './tool.ts';

export const deleteMemory = defineTool({
  name: 'delete_memory',
  title: 'Delete a memory',
  description: 'Deletes a memory permanently. Exports and backups made earlier still contain it.',
  input: z.strictObject({ id: field.id }),
  output: z.object({ deleted: z.string() }),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  run({ store }, { id }) {
    if (!store.delete(id)) throw noSuchMemory(id);
    return { deleted: id };
  },
});
