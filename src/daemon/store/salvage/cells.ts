import type { DatabasePages } from '../../../system/database-pages.ts';
import { parseRecord, type Value, varint } from './record.ts';

/** A row of a table (with its rowid) or an entry of an index that could be read. */
export interface Cell {
  rowid: number | undefined;
  /** Undefined when its bytes, or the pages that it continues on, are damaged. */
  values: Value[] | undefined;
}

/** The kinds of b-tree pages whose cells have a payload. https://sqlite.org/fileformat.html#b_tree_pages */
const kinds: Readonly<Record<number, { header: number; child: number; rowid: boolean }>> = {
  2: { header: 12, child: 4, rowid: false },
  10: { header: 8, child: 0, rowid: false },
  13: { header: 8, child: 0, rowid: true },
};

/** The longest memory is smaller. A larger number comes from damage. */
const mostPayload = 16 * 1024 * 1024;

/** How many bytes of a payload lie in its page. https://sqlite.org/fileformat.html#b_tree_pages */
function localBytes(payload: number, usable: number, isTable: boolean): number {
  const most = isTable ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23;
  if (payload <= most) return payload;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const local = least + ((payload - least) % (usable - 4));
  return local <= most ? local : least;
}

/** Reads what a payload has on overflow pages; `undefined` when one of them is not there. */
function overflow(pages: DatabasePages, first: number, bytes: number): Buffer | undefined {
  const parts: Buffer[] = [];
  let left = bytes;
  for (let number = first; left > 0; ) {
    const page = pages.page(number);
    if (page === undefined || page.length < pages.pageSize) return undefined;
    const part = page.subarray(4, 4 + left);
    parts.push(part);
    left -= part.length;
    number = page.readUInt32BE(0);
  }
  return Buffer.concat(parts);
}

function cellAt(pages: DatabasePages, page: Buffer, at: number, isTable: boolean): Cell | undefined {
  const [payload, afterPayload] = varint(page, at);
  const [rowid, start] = isTable ? varint(page, afterPayload) : [undefined, afterPayload];
  if (payload > mostPayload) return undefined;
  const local = localBytes(payload, pages.pageSize, isTable);
  const here = page.subarray(start, start + local);
  if (here.length < local) return undefined;
  if (local === payload) return { rowid, values: parseRecord(here) };
  if (start + local + 4 > page.length) return undefined;
  const rest = overflow(pages, page.readUInt32BE(start + local), payload - local);
  return { rowid, values: rest && parseRecord(Buffer.concat([here, rest])) };
}

/** Gives the cells of a page, without those whose place is not in it. Gives nothing for pages of other kinds. */
export function* cellsOf(pages: DatabasePages, number: number): Generator<Cell> {
  const page = pages.page(number);
  // The first page begins with the header of the database, and holds no row of ours.
  const kind = page === undefined || number === 1 ? undefined : kinds[page[0] as number];
  if (page === undefined || kind === undefined || page.length < pages.pageSize) return;
  const cells = page.readUInt16BE(3);
  for (let n = 0; n < cells; n += 1) {
    const pointer = kind.header + 2 * n;
    if (pointer + 2 > page.length) return;
    const at = page.readUInt16BE(pointer);
    if (at < pointer || at >= page.length) continue;
    try {
      const cell = cellAt(pages, page, at + kind.child, kind.rowid);
      if (cell !== undefined) yield cell;
    } catch {
      // A number that goes on beyond the page.
    }
  }
}
