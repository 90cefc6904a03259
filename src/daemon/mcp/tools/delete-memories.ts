import * as z from 'zod';
import { MemorydError } from '../../../errors.ts';
import { nextTurn } from '../../next-turn.ts';
import type { MemoryFilter, Store } from '../../store/index.ts';
import { field, filterFields } from '../input/fields.ts';
import { type RecentMemory, recentMemories } from '../recent-memories.ts';
import { defineTool, listOf } from './tool.ts';

/** The memories of one transaction. Between two of them other requests are answered. */
const deletedAtOnce = 500;
/** How many of the memories the answer shows. */
const shown = 20;

/** Deletes at most `most` memories of a filter, newest first. */
async function deleteMatching(store: Store, filter: MemoryFilter, most: number): Promise<number> {
  let deleted = 0;
  while (deleted < most) {
    const page = store.list(filter, Math.min(deletedAtOnce, most - deleted));
    const gone = store.deleteAll((page?.memories ?? []).map(({ id }) => id)).length;
    if (gone === 0) return deleted;
    deleted += gone;
    await nextTurn();
  }
  return deleted;
}

const { tags, anyTags, project, createdAfter, createdBefore } = filterFields;

export const deleteMemories = defineTool({
  name: 'delete_memories',
  title: 'Delete memories',
  description:
    'Deletes every memory that passes all given filters, permanently. First call it with dryRun to see which.',
  input: z.strictObject({
    tags,
    anyTags,
    project: project.describe('Only this project itself'),
    createdAfter,
    createdBefore,
    ids: z.array(field.id).max(500).optional().describe('These memories, instead of filters'),
    dryRun: z.boolean().optional().describe('Delete nothing, only tell what would be deleted'),
  }),
  output: z.object({
    deleted: z.int(),
    matched: z.int(),
    dryRun: z.boolean(),
    memories: listOf<RecentMemory>(),
  }),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  async run({ store }, { dryRun = false, ids, ...given }) {
    const isFiltered = Object.values(given).some((value) => value !== undefined && !isEmptyList(value));
    if (isFiltered === (ids !== undefined)) {
      throw new MemorydError('failed', 'give either ids or at least one filter');
    }
    if (ids !== undefined) {
      const found = ids.flatMap((id) => store.get(id) ?? []);
      const deleted = dryRun ? 0 : store.deleteAll(found.map(({ id }) => id)).length;
      return { deleted, matched: found.length, dryRun, memories: [] };
    }
    const filter = { ...given, projectOnly: true };
    const matched = store.count(filter);
    const memories = recentMemories(store, filter, shown);
    const deleted = dryRun ? 0 : await deleteMatching(store, filter, matched);
    return { deleted, matched, dryRun, memories };
  },
});

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
