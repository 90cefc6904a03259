import * as z from 'zod';
import type { MemoryFilter } from '../../store/index.ts';
import { parseTime } from './time.ts';

// An unpaired surrogate is invalid text: SQLite would store other text than the client sent.
export const text = z.string().overwrite((value) => value.toWellFormed());

const longestTime = 40;

function timeIn(value: string, context: z.core.$RefinementCtx<string>): number {
  const at = parseTime(value);
  if (at !== undefined) return at;
  const message = 'must be an ISO 8601 date or time, such as 2026-11-30 or 2026-11-30T07:00:00Z';
  context.issues.push({ code: 'custom', message, input: value });
  return z.NEVER;
}

/** The types of fields and their limits. */
export const bare = {
  content: text.min(1).max(1_000_000),
  title: text.min(1).max(500),
  tags: z.array(text.max(100)).max(50),
  project: text.min(1).max(200),
  time: z.string().max(longestTime).transform(timeIn),
  /** An empty text removes the time. */
  removableTime: z
    .string()
    .max(longestTime)
    .transform((value, context) => (value === '' ? null : timeIn(value, context))),
  importance: z.number().min(0).max(1),
  thread: text.min(1).max(200),
};

/** The input fields as clients see them. */
export const field = {
  id: z.string().min(1).max(100).describe('The id of a memory, as another tool gave it'),
  content: bare.content.describe(
    'What to remember. Self-contained: it will be read without this conversation',
  ),
  title: bare.title.describe('A short headline; its words weigh most in a search'),
  tags: bare.tags.describe('Words to group memories by; case is ignored'),
  project: bare.project.describe(
    'Such as a repository name; a/b is part of a. Leave it out for what holds everywhere',
  ),
  importance: bare.importance.describe('0 to 1; 0.5 is normal'),
  thread: bare.thread.describe('Name of what the memory is a part of, such as a conversation'),
  limit: (most: number, usual = 10) => z.int().min(1).max(most).default(usual).describe('At most this many'),
  cursor: z.string().max(100).optional().describe('nextCursor of the page before; the rest as before'),
};

/** Inputs that filter memories. */
export const filterFields = {
  tags: field.tags.optional().describe('Only memories with all of these tags'),
  anyTags: field.tags.optional().describe('Only memories with any of these tags'),
  project: field.project.optional().describe('Only this project, those above it and what belongs to none'),
  projectOnly: z.boolean().optional().describe('Only the project itself'),
  createdAfter: bare.time.optional().describe('ISO 8601 date or time'),
  createdBefore: bare.time.optional().describe('ISO 8601 date or time'),
};

/** Gives the inputs that are filters as a filter of the store. */
export function filterOf(input: MemoryFilter): MemoryFilter {
  const { tags, anyTags, project, projectOnly, thread, createdAfter, createdBefore } = input;
  return { tags, anyTags, project, projectOnly, thread, createdAfter, createdBefore };
}
