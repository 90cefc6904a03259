import type { ToolAnnotations } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { MemorydError } from '../../../errors.ts';
import type { Memory, MemoryFilter, Store } from '../../store/index.ts';

/** A tool: its description for clients and its function. `run` throws when there is no result. */
export interface Tool {
  name: string;
  title: string;
  description: string;
  input: z.ZodObject;
  output: z.ZodObject;
  annotations: ToolAnnotations;
  run(store: Store, input: never): object;
}

/**
 * Gives the tool unchanged. Its type checks that `run` accepts what the input schema gives and returns what the output
 * schema accepts.
 */
export function defineTool<I extends z.ZodObject, O extends z.ZodObject>(
  tool: Omit<Tool, 'run'> & { input: I; output: O; run(store: Store, input: z.output<I>): z.input<O> },
): Tool {
  return tool;
}

// An unpaired surrogate is invalid text: SQLite would store other text than the client sent.
const text = z.string().overwrite((value) => value.toWellFormed());

/** The input fields and their limits. */
export const field = {
  id: z.string().min(1).max(100).describe('The id of a memory, as another tool gave it'),
  content: text
    .min(1)
    .max(1_000_000)
    .describe('What is to be remembered, self-contained: it will be read without this conversation'),
  title: text.min(1).max(500).describe('A short headline; its words weigh most in a search'),
  tags: z
    .array(text.max(100))
    .max(50)
    .describe('Words to group memories by; upper and lower case are the same'),
  project: text
    .min(1)
    .max(200)
    .describe('The project it belongs to, such as a repository name; leave it out for what holds everywhere'),
  limit: (most: number) => z.int().min(1).max(most).default(10).describe(`At most this many, up to ${most}`),
};

const time = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

/** Inputs that filter a search or a list. */
export const filterFields = {
  tags: field.tags.optional().describe('Only memories that have all of these tags'),
  project: field.project.optional().describe('Only memories of this project'),
  createdAfter: time.optional().describe('Only memories stored after this ISO 8601 date or time'),
  createdBefore: time.optional().describe('Only memories stored before this ISO 8601 date or time'),
};

interface FilterInput {
  tags?: string[] | undefined;
  project?: string | undefined;
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
}

/** Gives those inputs as a filter of the store. */
export function filterOf({ tags, project, createdAfter, createdBefore }: FilterInput): MemoryFilter {
  return {
    tags,
    project,
    createdAfter: createdAfter === undefined ? undefined : Date.parse(createdAfter),
    createdBefore: createdBefore === undefined ? undefined : Date.parse(createdBefore),
  };
}

/** A memory in the output of a tool. */
export const memorySchema = z.object({
  id: z.string(),
  title: z.string().nullable(),
  content: z.string(),
  tags: z.array(z.string()),
  project: z.string().nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
}) satisfies z.ZodType<Memory>;

/** Gives the error for an unknown id. */
export function noSuchMemory(id: string): MemorydError {
  return new MemorydError('failed', `no memory has the id ${id}; search_memories and list_memories give ids`);
}
