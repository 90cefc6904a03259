import * as z from 'zod';
import type { TagCount } from '../../store/index.ts';
import { field, filterFields } from '../input/fields.ts';
import { defineTool, listOf, readOnly } from './tool.ts';

export const listTags = defineTool({
  name: 'list_tags',
  title: 'List tags',
  description: 'Lists the tags with the number of their memories, the most frequent first.',
  input: z.strictObject({ project: filterFields.project, limit: field.limit(500, 100) }),
  output: z.object({ tags: listOf<TagCount>() }),
  annotations: readOnly,
  run: ({ store }, { project, limit }) => ({ tags: store.tags({ project }, limit) }),
});
