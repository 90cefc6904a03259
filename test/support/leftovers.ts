import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A text that is nowhere by chance, such as a generated password. Its first letters differ, too. */
export function secret(n: number): string {
  return createHash('sha256').update(`secret ${n}`).digest('hex').slice(0, 24);
}

/** Writes a text into the unused part of a page, as SQLite leaves copies of rows there that it moves to other pages. */
export function leaveCopy(database: string, text: string): void {
  const bytes = readFileSync(database);
  const pageSize = bytes.readUInt16BE(16);
  for (let page = pageSize; page < bytes.length; page += pageSize) {
    // A leaf page of a table: its header, the places of its rows, the unused part, the rows.
    // https://sqlite.org/fileformat.html#b_tree_pages
    const unused = page + 8 + 2 * bytes.readUInt16BE(page + 3);
    if (bytes[page] !== 0x0d || bytes.readUInt16BE(page + 5) - (unused - page) < text.length) continue;
    bytes.write(text, unused);
    writeFileSync(database, bytes);
    return;
  }
  throw new Error(`${database} has no page with room for a copy`);
}

/**
 * The same as `readableIn`, asked of another process: when a process closes any descriptor of a file, it loses the
 * locks that SQLite holds on it. https://sqlite.org/howtocorrupt.html
 */
export function readableOutside(directory: string, texts: readonly string[]): string[] {
  const script = `import { readableIn } from ${JSON.stringify(import.meta.url)};
    process.stdout.write(JSON.stringify(readableIn(...JSON.parse(process.argv[1]))));`;
  const args = ['--input-type=module', '--eval', script, JSON.stringify([directory, texts])];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as string[];
}

/** Which of some texts can be read in any file below a directory. An index may have cut off what words begin with. */
export function readableIn(directory: string, texts: readonly string[]): string[] {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
  return texts.filter((text) => files.some((bytes) => bytes.includes(text.slice(6))));
}
