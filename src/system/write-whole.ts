import { fchmodSync, writeFile } from 'node:fs';
import { promisify } from 'node:util';
import { randomHex } from './random.ts';
import { realPath } from './real-path.ts';
import { aside, flush, replaceFile } from './replace-file.ts';

const fill = promisify(writeFile);

function temporaryOf(path: string): string {
  return `${path}.${randomHex(6)}.tmp`;
}

/** Whose file it is that a process left half-written when it was killed; undefined for any other file. */
export function halfWritten(path: string): string | undefined {
  return /^(.+)\.[0-9a-f]{12}\.tmp$/.exec(path)?.[1];
}

/** The last write of each file that is still under way. */
const underWay = new Map<string, Promise<void>>();

/** Two writes of one file come out in the order they were asked for, whichever of them the disk takes longer for. */
async function inTurn(path: string, write: () => Promise<void>): Promise<void> {
  const turn = (underWay.get(path) ?? Promise.resolve()).then(write, write);
  underWay.set(path, turn);
  try {
    await turn;
  } finally {
    if (underWay.get(path) === turn) underWay.delete(path);
  }
}

/** What `Files.write` does, once the directory is there. Of a link, what it leads to is replaced. */
export function writeWhole(
  path: string,
  content: string | Uint8Array,
  mode: number,
  lasting: boolean,
): Promise<void> {
  const target = realPath(path);
  return inTurn(target, () =>
    replaceFile(aside, temporaryOf(target), target, async (file) => {
      // Opening it leaves out what the umask forbids.
      fchmodSync(file, mode);
      // A short write is taken up again until all is there, or the disk is full.
      await fill(file, content);
      if (lasting) await flush(file);
    }),
  );
}
