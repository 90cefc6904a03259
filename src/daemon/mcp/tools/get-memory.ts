import * as z from 'zod';
import type { Memory } from '../../store/index.ts';
import { field } from '../input/fields.ts';
import { defineTool, noSuchMemory, object, readOnly } from './tool.ts';

export const getMemory = defineTool({
  name: 'get_memory',
  title: 'Get a memory',
  description: 'Gives one whole memory.',
  input: z.strictObject({ id: field.id }),
  output: z.object({ memory: object<Memory>() }),
  annotations: readOnly,
  run({ store }, { id }) {
    const memory = store.get(id);
    if (memory === undefined) throw noSuchMemory(id);
    return { memory };
  },
});
