import { dirname } from 'node:path';
import { MemorydError, messageOf } from '../errors.ts';
import { shellLine } from '../service/shell-line.ts';
import { freeBytes, nearestExisting, requireWritable } from '../system/disk.ts';

/** Space that a copy needs in addition to the bytes: directories, partly filled blocks, the manifest. */
const reserve = 16 * 1024 ** 2;

/** Throws `permission` when this user cannot create `path`. Called before anything is stopped. */
export async function refuseUnwritable(path: string): Promise<void> {
  const directory = dirname(path);
  try {
    requireWritable(nearestExisting(directory));
  } catch (error) {
    throw new MemorydError('permission', `cannot write to ${directory}: ${messageOf(error)}`, {
      hint: shellLine(['ls', '-ld', directory]),
    });
  }
}

/**
 * Throws `failed` when the disk that will hold `path` has less than `bytes` free. Called before anything is stopped.
 */
export async function refuseFullDisk(path: string, bytes: number): Promise<void> {
  const free = freeBytes(nearestExisting(path));
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
