import * as z from 'zod';
import type { ProjectCount } from '../../store/index.ts';
import { field } from '../input/fields.ts';
import { defineTool, listOf, readOnly } from './tool.ts';

export const listProjects = defineTool({
  name: 'list_projects',
  title: 'List projects',
  description: 'Lists the projects with the number of their memories, the one used last first.',
  input: z.strictObject({ limit: field.limit(500, 100) }),
  output: z.object({ projects: listOf<ProjectCount>() }),
  annotations: readOnly,
  run: ({ store }, { limit }) => ({ projects: store.projects(limit) }),
});
