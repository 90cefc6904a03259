import { fchmodSync, writeFile } from 'node:fs';
import { promisify } from 'node:util';
import { codeOf } from '../errors.ts';
import { randomHex } from './random.ts';
import { realPath } from './real-path.ts';
import { aside, flush, replaceFile } from './replace-file.ts';

const fill = promisify(writeFile);

function temporaryOf(path: string): string {
  return `${path}.${randomHex(6)}.tmp`;
}

/** The process that left this temporary file when it was killed; undefined for any other file. */
export function halfWritten(path: string): string | undefined {
  return /^(.+)\.[0-9a-f]{12}\.tmp$/.exec(path)?.[1];
}

/** The last pending write of each file. */
const underWay = new Map<string, Promise<void>>();

/** Writes of one file complete in the order in which they were requested, however long each takes. */
async function inTurn(path: string, write: () => Promise<void>): Promise<void> {
  const turn = (underWay.get(path) ?? Promise.resolve()).then(write, write);
  underWay.set(path, turn);
  try {
    await turn;
  } finally {
    if (underWay.get(path) === turn) underWay.delete(path);
  }
}

/** Does the work of `Files.write`, once the directory exists. A link is followed, and its target is replaced. */
export function writeWhole(
  path: string,
  content: string | Uint8Array,
  mode: number,
  lasting: boolean,
): Promise<void> {
  const target = realPath(path);
  return inTurn(target, () =>
    replaceFile(aside, temporaryOf(target), target, async (file) => {
      // The umask applies when a file is created, so the mode is set explicitly.
      fchmodSync(file, mode);
      // A short write is continued until everything is written or the disk is full.
      await named(target, async () => {
        await fill(file, content);
        if (lasting) await flush(file);
      });
    }),
  );
}

/** Runs `write`. The errors of calls on an open file do not name it, so `path` is added (N06). */
export async function named<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw codeOf(error) === undefined ? error : Object.assign(error as object, { path });
  }
}
