import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MemorydError } from '../../errors.ts';
import type { System } from '../../system/system.ts';
import { readTree } from '../../system/tree/read.ts';
import { writeTree } from '../../system/tree/write.ts';

/** The directories the data can be in, of which one exists, and the SID of the user who gets read access. */
export interface ElevatedCopy {
  from: string[];
  sid: string;
}

/** Gives the path of the copy that the user reads, below the directory of the elevated run. */
export const stagedTree = (own: string): string => join(own, 'data', 'tree');

/**
 * Gives administrators and SYSTEM full control of a directory, the user read access, and others none. Uses SIDs,
 * because account names are localised.
 */
async function closeFor({ exec }: System, path: string, sid: string): Promise<void> {
  const grants = ['*S-1-5-32-544:(OI)(CI)F', '*S-1-5-18:(OI)(CI)F', `*${sid}:(OI)(CI)RX`];
  const result = await exec.run(['icacls', path, '/inheritance:r', '/grant:r', ...grants, '/Q']);
  if (result.kind === 'exited' && result.code === 0) return;
  throw new MemorydError('failed', `cannot close ${path} to other users`, {
    words: 'stderr' in result ? result.stderr : result.kind,
  });
}

/** The directory that exists. 32-bit programs of SYSTEM have another home than 64-bit ones. */
async function sourceOf({ files }: System, places: readonly string[]): Promise<string | undefined> {
  const seen = await Promise.all(
    places.map(async (path) => ({ path, kind: (await files.inspect(path)).kind })),
  );
  const there = seen.filter(({ kind }) => kind !== 'absent').map(({ path }) => path);
  if (there.length > 1) {
    throw new MemorydError('failed', `the data is in two places: ${there.join(' and ')}`, {
      hint: `dir ${there.map((path) => `"${path}"`).join(' ')}`,
    });
  }
  return there[0];
}

/**
 * Copies the data, as an administrator, to a directory that only administrators can write and the user can read. An
 * administrator who wrote into the user's home would follow a junction there. Gives false when there is no data.
 * Throws `failed` when data is in two places or cannot be copied completely.
 */
export async function stageFor(
  system: System,
  own: string,
  { from, sid }: ElevatedCopy,
  copied: (bytes: number) => void,
): Promise<boolean> {
  const source = await sourceOf(system, from);
  if (source === undefined) return false;
  await mkdir(join(own, 'data'));
  await closeFor(system, join(own, 'data'), sid);
  await writeTree(stagedTree(own), readTree(source), copied);
  return true;
}
