import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { MemorydError } from '../../../errors.ts';
import { nextTurn } from '../../next-turn.ts';
import type { Memory, NewMemory, Similar } from '../../store/index.ts';
import { bare, field } from '../input/fields.ts';
import { defineTool, listOf, object, type ToolContext } from './tool.ts';

const shared = {
  tags: field.tags.optional(),
  project: field.project.optional(),
  createdAt: bare.time.optional().describe('ISO 8601, if not now'),
  expiresAt: bare.time.optional().describe('ISO 8601; it is deleted then'),
  importance: field.importance.optional(),
  thread: field.thread.optional(),
};

const own = {
  content: field.content.optional(),
  title: field.title.optional(),
  position: z.int().min(0).max(1e9).optional().describe('Place in the thread, if not the last'),
};

/** The fields of one memory in a batch. They need no description, because they are the same. */
const item = z.strictObject({
  content: bare.content,
  title: bare.title.optional(),
  tags: bare.tags.optional(),
  project: bare.project.optional(),
  createdAt: bare.time.optional(),
  expiresAt: bare.time.optional(),
  importance: bare.importance.optional(),
});

interface Stored {
  id: string;
  stored: boolean;
  similar?: Similar[];
}

/** Puts memories without a thread into that of the session and their project, or of the batch. */
function inThreads({ sessionThread }: ToolContext, memories: readonly NewMemory[]): NewMemory[] {
  const threads = new Map<string | undefined, string | undefined>();
  return memories.map((memory) => {
    if (memory.thread !== undefined) return memory;
    if (!threads.has(memory.project)) {
      const ofBatch = memories.length > 1 ? randomUUID() : undefined;
      threads.set(memory.project, sessionThread(memory.project) ?? ofBatch);
    }
    return { ...memory, thread: threads.get(memory.project) };
  });
}

/** Gives the similar memories of each. Between two of them other requests are answered. */
async function similarTo({ store }: ToolContext, memories: readonly NewMemory[]): Promise<Similar[][]> {
  const similar: Similar[][] = [];
  for (const memory of memories) {
    if (similar.length > 0) await nextTurn();
    similar.push(store.similar(memory));
  }
  return similar;
}

export const storeMemory = defineTool({
  name: 'store_memory',
  title: 'Store memories',
  description:
    'Remembers something for later conversations: a decision and its reason, a preference, a fact, how something was ' +
    'solved. On disk when this answers. A text that is already stored is not stored again; similar names memories ' +
    'that say nearly the same: update those instead.',
  input: z.strictObject({
    ...own,
    ...shared,
    memories: z
      .array(item)
      .min(1)
      .max(200)
      .optional()
      .describe('Several at once, in order, instead of content; other fields apply to all of them'),
    allowDuplicate: z.boolean().optional().describe('Store the same text again'),
  }),
  output: z.object({
    memory: object<Memory>().optional(),
    stored: z.boolean().optional(),
    similar: listOf<Similar>().optional(),
    memories: listOf<Stored>().optional(),
  }),
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  async run(context, { memories, content, title, position, allowDuplicate = false, ...common }) {
    if ((memories === undefined) === (content === undefined)) {
      throw new MemorydError('failed', 'content: give either content or memories');
    }
    const wanted = memories ?? [{ content: content as string, title, position }];
    const complete: NewMemory[] = inThreads(
      context,
      wanted.map((one) => ({ ...common, ...one })),
    );
    if (complete.some(({ expiresAt }) => expiresAt !== undefined && expiresAt <= context.now())) {
      throw new MemorydError('failed', 'expiresAt: lies in the past');
    }
    const similar = await similarTo(context, complete);
    const added = context.store.addAll(complete, allowDuplicate ? 'keep' : 'skip');
    const told = added.map(({ stored }, at) =>
      stored && similar[at]?.length ? { similar: similar[at] } : {},
    );
    const [first] = added;
    if (memories === undefined && first !== undefined) return { ...first, ...told[0] };
    return { memories: added.map(({ memory, stored }, at) => ({ id: memory.id, stored, ...told[at] })) };
  },
});
