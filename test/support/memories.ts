import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where tens of thousands of files are made and deleted at once: in memory, where a machine has a place in it. */
export const quickPlace = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** So many files in a directory, each with a memory of its own. */
export function writeMemories(directory: string, count: number): void {
  mkdirSync(directory, { recursive: true });
  for (let i = 0; i < count; i += 1) writeFileSync(join(directory, `${i}.json`), `{"memory":${i}}`);
}
