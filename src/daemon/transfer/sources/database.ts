import type { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { MemorydError, messageOf } from '../../../errors.ts';
import type { Files } from '../../../system/files.ts';
import type { ParsedSource } from '../source.ts';
import { parseClaudeMem } from './claude-mem.ts';
import { parseMcpMemoryService } from './mcp-memory-service.ts';
import { columnsOf } from './rows.ts';

interface KnownDatabase {
  format: string;
  /** A column by which its tables are told from those of other programs. */
  mark: { table: string; column: string };
  parse(db: DatabaseSync): ParsedSource;
}

const known: readonly KnownDatabase[] = [
  {
    format: 'claude-mem',
    mark: { table: 'observations', column: 'memory_session_id' },
    parse: parseClaudeMem,
  },
  {
    format: 'mcp-memory-service',
    mark: { table: 'memories', column: 'content_hash' },
    parse: parseMcpMemoryService,
  },
];

/**
 * Opens a database of another program, so that nothing is written beside it. A write-ahead log with content belongs to
 * a database that is in use or was not closed: then its shared index is needed. Otherwise the file is taken as it is.
 */
async function openForReading(files: Pick<Files, 'inspect'>, path: string): Promise<DatabaseSync> {
  const { DatabaseSync } = await import('node:sqlite');
  const url = pathToFileURL(path);
  const log = await files.inspect(`${path}-wal`);
  if (!('stats' in log) || log.stats.size === 0) url.searchParams.set('immutable', '1');
  return new DatabaseSync(url, { readOnly: true });
}

function tablesOf(db: DatabaseSync): string[] {
  const rows = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
  return rows.map(({ name }) => String(name));
}

function unknownDatabase(db: DatabaseSync): MemorydError {
  if (columnsOf(db, 'memories').includes('origin_digest')) {
    return new MemorydError('failed', 'it is a database of memoryd', {
      hint: 'memoryd export > memories.jsonl',
    });
  }
  const tables = tablesOf(db);
  const shown = tables.slice(0, 5).join(', ');
  const more = tables.length > 5 ? ` and ${tables.length - 5} more` : '';
  return new MemorydError(
    'failed',
    `it is a SQLite database of a program that memoryd does not know (tables: ${shown || 'none'}${more})`,
  );
}

/**
 * Reads the SQLite database of another memory daemon, without changing anything. Throws `failed` for a database that is
 * not known or is damaged.
 */
export async function parseDatabase(
  files: Pick<Files, 'inspect'>,
  path: string,
): Promise<{ format: string; parsed: ParsedSource }> {
  const db = await openForReading(files, path);
  try {
    const one = known.find(({ mark }) => columnsOf(db, mark.table).includes(mark.column));
    if (one === undefined) throw unknownDatabase(db);
    return { format: one.format, parsed: one.parse(db) };
  } catch (error) {
    if (error instanceof MemorydError) throw error;
    throw new MemorydError('failed', `it is a SQLite database that cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    db.close();
  }
}
