import type { ToolAnnotations } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { MemorydError } from '../../../errors.ts';
import type { Memory, MemoryFilter, Store } from '../../store/index.ts';

/** A tool as it is told to clients, and what it does. `run` throws when there is nothing to give back. */
export interface Tool {
  name: string;
  title: string;
  description: string;
  input: z.ZodObject;
  output: z.ZodObject;
  annotations: ToolAnnotations;
  run(store: Store, input: never): object;
}

/** Checks that `run` takes what the input schema gives and gives what the output schema takes. */
export function defineTool<I extends z.ZodObject, O extends z.ZodObject>(
  tool: Omit<Tool, 'run'> & { input: I; output: O; run(store: Store, input: z.output<I>): z.input<O> },
): Tool {
  return tool;
}

// Half a surrogate pair is no text: SQLite would store something else than what was said.
const text = z.string().overwrite((value) => value.toWellFormed());

/** What clients may say, with its limits. */
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

/** The inputs that narrow a search or a list. */
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

/** Those inputs as the store takes them. */
export function filterOf({ tags, project, createdAfter, createdBefore }: FilterInput): MemoryFilter {
  return {
    tags,
    project,
    createdAfter: createdAfter === undefined ? undefined : Date.parse(createdAfter),
    createdBefore: createdBefore === undefined ? undefined : Date.parse(createdBefore),
  };
}

/** A memory as tools give it. */
export const memorySchema = z.object({
  id: z.string(),
  title: z.string().nullable(),
  content: z.string(),
  tags: z.array(z.string()),
  project: z.string().nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
}) satisfies z.ZodType<Memory>;

/** The error of an id that names nothing. */
export function noSuchMemory(id: string): MemorydError {
  return new MemorydError('failed', `no memory has the id ${id}; search_memories and list_memories give ids`);
}
