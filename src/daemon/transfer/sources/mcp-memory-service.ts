import type { DatabaseSync } from 'node:sqlite';
import { digestOf, type ParsedSource } from '../source.ts';
import { rowsOf, textIn, timeIn } from './rows.ts';

/**
 * Reads the database of mcp-memory-service (sqlite_vec.db). Columns checked with 10.59.0. Memories that were deleted
 * there are left out. Throws `failed` for a schema that is not known.
 */
export function parseMcpMemoryService(db: DatabaseSync): ParsedSource {
  const parsed: ParsedSource = { memories: [], skipped: [] };
  const rows = rowsOf(db, {
    table: 'memories',
    required: ['content_hash', 'content'],
    optional: ['tags', 'memory_type', 'created_at', 'updated_at', 'deleted_at'],
  });
  for (const row of rows) {
    const content = textIn(row, 'content');
    if (typeof row.deleted_at === 'number') continue;
    if (content === undefined) {
      parsed.skipped.push({ where: `memory ${row.content_hash}`, why: 'no content' });
      continue;
    }
    const type = textIn(row, 'memory_type');
    const tags = [...(textIn(row, 'tags') ?? '').split(','), ...(type === undefined ? [] : [type])];
    parsed.memories.push({
      title: null,
      content,
      tags: tags.map((tag) => tag.trim()).filter((tag) => tag !== ''),
      project: null,
      createdAt: timeIn(row, 'created_at', 1000),
      updatedAt: timeIn(row, 'updated_at', 1000),
      origin: `mcp-memory-service:${row.content_hash}`,
      originDigest: digestOf(content, tags),
    });
  }
  return parsed;
}
