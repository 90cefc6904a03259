import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf, MemorydError } from '../errors.ts';
import { shellLine } from '../service/shell-line.ts';

/** What a copy needs beside the bytes: directories, blocks half full, the list of it. */
const reserve = 16 * 1024 ** 2;

async function freeAt(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    const parent = dirname(path);
    if (codeOf(error) !== 'ENOENT' || parent === path) throw error;
    return freeAt(parent);
  }
}

/** Throws `failed` when the disk that `path` will lie on has not `bytes` left: before anything is stopped for it. */
export async function refuseFullDisk(path: string, bytes: number): Promise<void> {
  const free = await freeAt(path);
  if (free >= bytes + reserve) return;
  const megabytes = (count: number) => `${Math.ceil(count / 1e6)} MB`;
  throw new MemorydError(
    'failed',
    `no room for a copy at ${path}: ${megabytes(bytes)} needed, ${megabytes(free)} free`,
    {
      hint: shellLine(['df', '-h', dirname(path)]),
    },
  );
}
