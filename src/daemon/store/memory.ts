/** A memory as clients see it. Times are ISO 8601 in UTC. */
export interface Memory {
  id: string;
  title: string | null;
  content: string;
  tags: string[];
  project: string | null;
  createdAt: string;
  updatedAt: string;
  /** From then on it is not found, and it is deleted soon. */
  expiresAt?: string;
  /** From 0 to 1. Without it, a memory counts as much as one with 0.5. */
  importance?: number;
  /** The memories it belongs together with, and its place among them. */
  thread?: string;
  position?: number;
}

/** A new memory from a client. Times are milliseconds since 1970. */
export interface NewMemory {
  content: string;
  title?: string | undefined;
  tags?: readonly string[] | undefined;
  project?: string | undefined;
  createdAt?: number | undefined;
  expiresAt?: number | undefined;
  importance?: number | undefined;
  thread?: string | undefined;
  /** Without it, the memory is the last one of its thread. */
  position?: number | undefined;
}

/** The fields to change. `null` removes a value. */
export interface MemoryChange {
  content?: string | undefined;
  title?: string | null | undefined;
  tags?: readonly string[] | undefined;
  project?: string | null | undefined;
  expiresAt?: number | null | undefined;
  importance?: number | null | undefined;
}

/** A filter of memories. Every given condition must hold. Times are milliseconds since 1970. */
export interface MemoryFilter {
  /** The memory has all of these tags, ignoring case. */
  tags?: readonly string[] | undefined;
  /** The memory has at least one of these tags, ignoring case. */
  anyTags?: readonly string[] | undefined;
  /** The memory belongs to this project or one above it (`a` is above `a/b`), or to none. Case is ignored. */
  project?: string | undefined;
  /** The memory belongs to `project` itself. */
  projectOnly?: boolean | undefined;
  thread?: string | undefined;
  createdAfter?: number | undefined;
  createdBefore?: number | undefined;
}

/** A row of the table `memories`. */
export interface MemoryRow {
  seq: number;
  id: string;
  title: string | null;
  content: string;
  /** A JSON array. */
  tags: string;
  project: string | null;
  created_at: number;
  updated_at: number;
  /** The item it was imported from, and a digest of that item; see transfer/. */
  origin: string | null;
  origin_digest: string | null;
  thread: string | null;
  position: number | null;
  expires_at: number | null;
  importance: number | null;
}

/** The columns of a `MemoryRow`, for the table `memories` as `m`. */
export const memoryColumns = [
  ...['m.seq', 'm.id', 'm.title', 'm.content', 'm.tags', 'm.project'],
  ...['m.created_at', 'm.updated_at', 'm.origin', 'm.origin_digest'],
  ...['m.thread', 'm.position', 'm.expires_at', 'm.importance'],
].join(', ');

/** Gives a row as a memory for clients. */
export function memoryOf(row: MemoryRow): Memory {
  return {
    id: row.id,
    title: row.title,
    content: row.content,
    tags: JSON.parse(row.tags) as string[],
    project: row.project,
    createdAt: new Date(row.created_at).toISOString(),
    updatedAt: new Date(row.updated_at).toISOString(),
    ...(row.expires_at === null ? {} : { expiresAt: new Date(row.expires_at).toISOString() }),
    ...(row.importance === null ? {} : { importance: row.importance }),
    ...(row.thread === null ? {} : { thread: row.thread, position: row.position ?? 0 }),
  };
}

/** Whether a memory must not be found any more. `now` is in milliseconds since 1970. */
export function isExpired({ expires_at }: Pick<MemoryRow, 'expires_at'>, now: number): boolean {
  return expires_at !== null && expires_at <= now;
}

/** Gives tags without duplicates (ignoring case) and surrounding space, in the given order. */
export function cleanTags(tags: readonly string[]): string[] {
  const seen = new Map<string, string>();
  for (const tag of tags) {
    const clean = tag.trim().normalize('NFC');
    if (clean !== '' && !seen.has(tagKey(clean))) seen.set(tagKey(clean), clean);
  }
  return [...seen.values()];
}

/** Gives the form in which tags and projects are compared: trimmed, normalised, in lower case. */
export function tagKey(tag: string): string {
  return tag.trim().normalize('NFC').toLowerCase();
}
