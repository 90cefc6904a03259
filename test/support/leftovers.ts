import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A text that is nowhere by chance, such as a generated password. Its first letters differ, too. */
export function secret(n: number): string {
  return createHash('sha256').update(`secret ${n}`).digest('hex').slice(0, 24);
}

/** Which of some texts can be read in any file below a directory. An index may have cut off what words begin with. */
export function readableIn(directory: string, texts: readonly string[]): string[] {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
  return texts.filter((text) => files.some((bytes) => bytes.includes(text.slice(6))));
}
