import type { Memory, MemoryFilter, Store } from '../store/index.ts';

/** A memory in short. */
export interface RecentMemory extends Pick<Memory, 'id' | 'title' | 'tags' | 'project' | 'createdAt'> {
  snippet: string;
}

const snippetLength = 300;

function inShort({ id, title, tags, project, createdAt, content }: Memory): RecentMemory {
  const snippet =
    content.length <= snippetLength
      ? content
      : `${content.slice(0, snippetLength).trimEnd().toWellFormed()}…`;
  return { id, title, tags, project, createdAt, snippet };
}

/** Gives the newest memories of a filter in short. */
export function recentMemories(store: Store, filter: MemoryFilter, limit: number): RecentMemory[] {
  return (store.list(filter, limit)?.memories ?? []).map(inShort);
}
