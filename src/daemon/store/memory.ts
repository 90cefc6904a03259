/** A memory as clients see it. Times are ISO 8601 in UTC. */
export interface Memory {
  id: string;
  title: string | null;
  content: string;
  tags: string[];
  project: string | null;
  createdAt: string;
  updatedAt: string;
}

/** A new memory from a client. */
export interface NewMemory {
  content: string;
  title?: string | undefined;
  tags?: readonly string[] | undefined;
  project?: string | undefined;
}

/** The fields to change. `null` removes a title or project. */
export interface MemoryChange {
  content?: string | undefined;
  title?: string | null | undefined;
  tags?: readonly string[] | undefined;
  project?: string | null | undefined;
}

/** A filter of memories. Every given condition must hold. Times are milliseconds since 1970. */
export interface MemoryFilter {
  /** The memory has all of these tags, ignoring case. */
  tags?: readonly string[] | undefined;
  project?: string | undefined;
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
}

/** The columns of a `MemoryRow`, for the table `memories` as `m`. */
export const memoryColumns = [
  ...['m.seq', 'm.id', 'm.title', 'm.content', 'm.tags', 'm.project'],
  ...['m.created_at', 'm.updated_at', 'm.origin', 'm.origin_digest'],
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
  };
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

/** Gives the form in which tags are compared: trimmed, normalised, in lower case. */
export function tagKey(tag: string): string {
  return tag.trim().normalize('NFC').toLowerCase();
}
