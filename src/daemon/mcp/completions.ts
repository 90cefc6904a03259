import type { Store } from '../store/index.ts';

/** How many names are searched. The protocol gives a client at most 100 of them. */
const searched = 1_000;

function beginningWith(names: readonly string[], typed: string): string[] {
  const beginning = typed.toLowerCase();
  return names.filter((name) => name.toLowerCase().startsWith(beginning));
}

/** Gives the projects that begin with what was typed, the one used last first. */
export function completeProject(store: Store, typed: string): string[] {
  return beginningWith(
    store.projects(searched).map(({ project }) => project),
    typed,
  );
}

/** Gives the tags that begin with what was typed, the most frequent first. */
export function completeTag(store: Store, typed: string): string[] {
  return beginningWith(
    store.tags({}, searched).map(({ tag }) => tag),
    typed,
  );
}
