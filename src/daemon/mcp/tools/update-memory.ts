import * as z from 'zod';
import type { Memory } from '../../store/index.ts';
import { bare, field, text } from '../input/fields.ts';
import { defineTool, noSuchMemory, object } from './tool.ts';

/** A removable field: an empty text removes its value. */
const emptied = <T>(value: T | ''): T | null => (value === '' ? null : value);

export const updateMemory = defineTool({
  name: 'update_memory',
  title: 'Update a memory',
  description: 'Changes the given fields of a memory and keeps the rest. On disk when this answers.',
  input: z.strictObject({
    id: field.id,
    content: field.content.optional().describe('The new text'),
    title: text.max(500).optional().describe('Empty removes it'),
    tags: field.tags.optional().describe('The new tags, which replace the current ones'),
    project: text.max(200).optional().describe('Empty removes it'),
    expiresAt: bare.removableTime.optional().describe('ISO 8601; empty removes it'),
    importance: field.importance.optional(),
  }),
  removable: ['title', 'project', 'expiresAt'],
  output: z.object({ memory: object<Memory>() }),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  run({ store }, { id, title, project, ...change }) {
    const named = {
      ...(title === undefined ? {} : { title: emptied(title) }),
      ...(project === undefined ? {} : { project: emptied(project) }),
    };
    const memory = store.update(id, { ...change, ...named });
    if (memory === undefined) throw noSuchMemory(id);
    return { memory };
  },
});
