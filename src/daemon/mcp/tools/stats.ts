import * as z from 'zod';
import type { ProjectCount, StoreStats, TagCount } from '../../store/index.ts';
import { field } from '../input/fields.ts';
import { defineTool, listOf, object, readOnly } from './tool.ts';

export const stats = defineTool({
  name: 'stats',
  title: 'Statistics',
  description:
    'Gives the number of memories, projects, tags and threads, their times, and the size of the store.',
  input: z.strictObject({ limit: field.limit(50).describe('How many projects and tags to name') }),
  output: z.object({
    stats: object<StoreStats>(),
    projects: listOf<ProjectCount>(),
    tags: listOf<TagCount>(),
  }),
  annotations: readOnly,
  run: ({ store }, { limit }) => ({
    stats: store.stats(),
    projects: store.projects(limit),
    tags: store.tags({}, limit),
  }),
});
