import type { DatabaseSync } from 'node:sqlite';
import { MemorydError } from '../../../errors.ts';

export type Row = Readonly<Record<string, unknown>>;

/** The columns of a table; none if there is no such table. */
export function columnsOf(db: DatabaseSync, table: string): string[] {
  const rows = db.prepare('SELECT name FROM pragma_table_info(?)').all(table);
  return rows.map(({ name }) => String(name));
}

/** What is read of a table. Columns that only some versions have are optional. */
export interface Wanted {
  table: string;
  required: readonly string[];
  optional: readonly string[];
}

/**
 * The rows of a table, with the wanted columns that it has. Throws `failed` when a required one is missing, because
 * then it is another program's, or of a version that we do not know.
 */
export function* rowsOf(db: DatabaseSync, { table, required, optional }: Wanted): Generator<Row> {
  const columns = columnsOf(db, table);
  const missing = required.find((column) => !columns.includes(column));
  if (missing !== undefined) {
    throw new MemorydError('failed', `its table ${table} has no column ${missing}: its version is not known`);
  }
  const wanted = [...required, ...optional.filter((column) => columns.includes(column))];
  yield* db.prepare(`SELECT ${wanted.join(', ')} FROM ${table} ORDER BY rowid`).iterate();
}

/** A text that is not empty. */
export function textIn(row: Row, column: string): string | undefined {
  const value = row[column];
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** The texts of a JSON array in a column. Another text counts as one item. */
export function listIn(row: Row, column: string): string[] {
  const text = textIn(row, column);
  if (text === undefined) return [];
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value.filter((one) => typeof one === 'string' && one.trim() !== '');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return [text];
}

/** A number of a column, times `factor`, as milliseconds since 1970. */
export function timeIn(row: Row, column: string, factor: number): number | undefined {
  const value = row[column];
  const time = typeof value === 'number' ? Math.round(value * factor) : Number.NaN;
  return Number.isSafeInteger(time) && time > 0 ? time : undefined;
}
