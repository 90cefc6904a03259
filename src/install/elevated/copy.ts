import { lstat, mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf, MemorydError } from '../../errors.ts';
import type { System } from '../../system/system.ts';
import type { Manifest } from '../../system/tree/manifest.ts';
import { readTree } from '../../system/tree/read.ts';
import { writeTree } from '../../system/tree/write.ts';
import { writeMessage } from './protocol.ts';

/** From the first place that is there; `manifest` is where the list of it goes, `sid` whose it becomes. */
export interface ElevatedCopy {
  from: string[];
  to: string;
  manifest: string;
  sid: string;
}

/** Somebody who is not an administrator can put a junction where we write: into none of them. */
async function refuseLinks(path: string): Promise<void> {
  for (let at = path; dirname(at) !== at; at = dirname(at)) {
    const stats = await lstat(at).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (stats?.isSymbolicLink())
      throw new MemorydError('failed', `${at} is a link: refusing to write through it`);
  }
}

/** Names are localised, SIDs are not. */
async function giveTo({ exec }: System, path: string, sid: string): Promise<void> {
  for (const args of [
    ['/setowner', `*${sid}`, '/T', '/C', '/Q'],
    ['/grant', `*${sid}:(OI)(CI)F`, '/T', '/C', '/Q'],
  ]) {
    const result = await exec.run(['icacls', path, ...args], { timeoutMs: 600_000 });
    if (result.kind === 'exited' && result.code === 0) continue;
    throw new MemorydError('failed', `cannot give ${path} to the user`, {
      words: 'stderr' in result ? result.stderr : result.kind,
    });
  }
}

/** The one of several places that is there; 32-bit programs of SYSTEM's have a home of their own. */
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

/** Copies as an administrator, and makes the copy the user's before it appears. Nothing is copied where there is nothing. */
export async function copyFor(
  system: System,
  { from, to, manifest, sid }: ElevatedCopy,
  copied: (bytes: number) => void,
): Promise<void> {
  const { files } = system;
  const source = await sourceOf(system, from);
  const nothing: Manifest = { entries: [], skipped: [] };
  if (source === undefined) return writeMessage(files, manifest, nothing);
  await refuseLinks(to);
  const partial = `${to}.memoryd-partial`;
  await files.removeTree(partial);
  try {
    await mkdir(dirname(to), { recursive: true });
    const written = await writeTree(partial, readTree(source), copied);
    await giveTo(system, partial, sid);
    await writeMessage(files, manifest, written);
    await rename(partial, to);
  } catch (error) {
    await files.removeTree(partial);
    throw error;
  }
}
