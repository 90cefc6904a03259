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

/** What a client says of a memory it stores. */
export interface NewMemory {
  content: string;
  title?: string | undefined;
  tags?: readonly string[] | undefined;
  project?: string | undefined;
}

/** What shall be different; `null` takes a title or project away. */
export interface MemoryChange {
  content?: string | undefined;
  title?: string | null | undefined;
  tags?: readonly string[] | undefined;
  project?: string | null | undefined;
}

/** Which memories are meant. All that is given must hold; times are milliseconds since 1970. */
export interface MemoryFilter {
  /** Every one of them, whatever the case. */
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
  /** What it was imported from, and a digest of how it looked there; see transfer/. */
  origin: string | null;
  origin_digest: string | null;
}

/** The columns of a `MemoryRow`, from the table called `m`. */
export const memoryColumns = [
  ...['m.seq', 'm.id', 'm.title', 'm.content', 'm.tags', 'm.project'],
  ...['m.created_at', 'm.updated_at', 'm.origin', 'm.origin_digest'],
].join(', ');

/** A row as clients see it. */
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

/** Tags without doubles (whatever the case) and surrounding space, in the order given. */
export function cleanTags(tags: readonly string[]): string[] {
  const seen = new Map<string, string>();
  for (const tag of tags) {
    const clean = tag.trim().normalize('NFC');
    if (clean !== '' && !seen.has(tagKey(clean))) seen.set(tagKey(clean), clean);
  }
  return [...seen.values()];
}

/** What two spellings of a tag have in common. */
export function tagKey(tag: string): string {
  return tag.trim().normalize('NFC').toLowerCase();
}
