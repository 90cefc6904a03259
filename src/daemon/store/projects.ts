import type { Connection } from './connection.ts';
import { tagKey } from './memory.ts';

/** Notes the spelling of a project. Must run inside the transaction that inserts its memory. */
export function addProject(connection: Connection, name: string): void {
  connection.prepare('INSERT OR IGNORE INTO projects (name, key) VALUES (?, ?)').run(name, tagKey(name));
}

/** Removes a spelling that no memory has any more. Must run inside the transaction that deletes the memory. */
export function dropProject(connection: Connection, name: string): void {
  connection
    .prepare('DELETE FROM projects WHERE name = ? AND NOT EXISTS (SELECT 1 FROM memories WHERE project = ?)')
    .run(name, name);
}

/** The keys of a project and of those above it: `a/b/c`, `a/b`, `a`. */
function keysOf(project: string, only: boolean): string[] {
  const key = tagKey(project);
  if (only) return [key];
  const parts = key.split('/');
  return parts.map((_, at) => parts.slice(0, parts.length - at).join('/'));
}

/** Gives the spellings under which memories of a project are stored; without `only`, of the projects above it too. */
export function spellingsOf(connection: Connection, project: string, only: boolean): string[] {
  const rows = connection
    .prepare('SELECT name FROM projects WHERE key IN (SELECT value FROM json_each(?)) ORDER BY name')
    .all(JSON.stringify(keysOf(project, only))) as { name: string }[];
  return rows.map(({ name }) => name);
}
