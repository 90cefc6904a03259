import * as z from 'zod';
import { field, filterFields } from '../input/fields.ts';
import { type RecentMemory, recentMemories } from '../recent-memories.ts';
import { defineTool, listOf, readOnly } from './tool.ts';

export const recent = defineTool({
  name: 'recent',
  title: 'Recent memories',
  description: 'Gives the newest memories in short, to catch up at the start of a conversation.',
  input: z.strictObject({ project: filterFields.project, limit: field.limit(50) }),
  output: z.object({ memories: listOf<RecentMemory>() }),
  annotations: readOnly,
  run: ({ store }, { project, limit }) => ({ memories: recentMemories(store, { project }, limit) }),
});
