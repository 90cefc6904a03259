import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  ftruncateSync,
  futimesSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { sep } from 'node:path';
import { MemorydError } from '../../errors.ts';
import type { Manifest, ManifestEntry } from './manifest.ts';
import { nameEncoding, pathIn, shownName } from './names.ts';
import { chunkBytes, type TreeRecord } from './record.ts';
import { eventLoopTurns } from './turn.ts';

type FileRecord = Extract<TreeRecord, { kind: 'file' }>;

/**
 * The mode of a copied file: only the owner can read it, because the original may have been protected by the mode of
 * its directory alone.
 */
const closedMode = (mode: number): number => 0o600 | (mode & 0o100);

const seconds = (nanoseconds: string): number => Number(BigInt(nanoseconds) / 1000n) / 1e6;

/**
 * Refuses a name that leads out of the tree, or whose directory was not written as a directory of the tree. The sender
 * is not trusted.
 */
function checkName(root: string, name: string, made: ReadonlySet<string>): void {
  if (name === '') return;
  const parts = name.split(sep);
  const climbs = parts.some((part) => part === '' || part === '.' || part === '..');
  if (climbs || !made.has(parts.slice(0, -1).join(sep)))
    throw new MemorydError('failed', `cannot write ${root}: ${shownName(name)} is not a valid name in it`);
}

async function hashOf(path: Buffer | string, size: number): Promise<string> {
  const file = openSync(path, 'r');
  const turn = eventLoopTurns();
  try {
    const hash = createHash('sha256');
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, size + 1));
    for (let at = 0; ; ) {
      await turn();
      const bytesRead = readSync(file, chunk, 0, chunk.length, at);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(chunk.subarray(0, bytesRead));
      at += bytesRead;
    }
  } finally {
    closeSync(file);
  }
}

function writeAll(file: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, bytes.length - done, at + done);
  }
}

/** Writes one file from its records, and returns the hash that was sent with them. */
async function writeFile(
  root: string,
  record: FileRecord,
  records: AsyncIterator<TreeRecord>,
  written: (bytes: number) => void,
): Promise<string> {
  const file = openSync(pathIn(root, record.name), 'wx', 0o600);
  try {
    for (let at = 0; ; ) {
      const { value } = await records.next();
      if (value?.kind === 'data') {
        writeAll(file, value.bytes, at);
        at += value.bytes.length;
        written(value.bytes.length);
      } else if (value?.kind === 'hole') {
        at += value.length;
        written(value.length);
      } else if (value?.kind === 'end') {
        ftruncateSync(file, at);
        fchmodSync(file, closedMode(record.mode));
        futimesSync(file, seconds(record.mtime), seconds(record.mtime));
        // On other systems one `sync` flushes all files, see steps/copy-data.ts.
        if (process.platform === 'win32') fsyncSync(file);
        return value.sha256;
      } else throw new MemorydError('failed', `cannot write ${root}: the stream ended early`);
    }
  } finally {
    closeSync(file);
  }
}

/**
 * Writes a tree to `root`, which must not exist yet, and reads every file back to compare its hash with the sender's.
 * The user who runs this owns the copy, and nobody else can read it. Times are the sender's.
 * Throws `failed` when a hash differs, a name leads out of the tree, or the stream ends early.
 */
export async function writeTree(
  root: string,
  tree: AsyncIterable<TreeRecord>,
  written: (bytes: number) => void = () => undefined,
): Promise<Manifest> {
  const records = tree[Symbol.asyncIterator]();
  try {
    return await writeRecords(root, records, written);
  } finally {
    // Lets a sender that has not finished close its files.
    await records.return?.();
  }
}

async function writeRecords(
  root: string,
  records: AsyncIterator<TreeRecord>,
  written: (bytes: number) => void,
): Promise<Manifest> {
  const entries: ManifestEntry[] = [];
  const directories: Extract<TreeRecord, { kind: 'directory' }>[] = [];
  const skipped: string[] = [];
  const made = new Set<string>();
  for (;;) {
    const { value: record, done } = await records.next();
    if (done || record === undefined)
      throw new MemorydError('failed', `cannot write ${root}: the stream ended early`);
    if (record.kind === 'done') break;
    if ('name' in record) checkName(root, record.name, made);
    if (record.kind === 'directory') {
      mkdirSync(pathIn(root, record.name), { mode: 0o700 });
      directories.push(record);
      made.add(record.name);
      entries.push({ kind: 'directory', name: record.name });
    } else if (record.kind === 'link') {
      const path = pathIn(root, record.name);
      symlinkSync(Buffer.from(record.target, nameEncoding), path);
      entries.push({ kind: 'link', name: record.name, target: record.target });
    } else if (record.kind === 'file') {
      const sha256 = await writeFile(root, record, records, written);
      const { name, size, mtime } = record;
      if ((await hashOf(pathIn(root, name), size)) !== sha256) {
        throw new MemorydError(
          'failed',
          `cannot copy to ${root}: ${shownName(name)} differs from what was read`,
        );
      }
      entries.push({ kind: 'file', name, size, mtime, sha256 });
    } else if (record.kind === 'skipped') skipped.push(record.name);
  }
  // Directories are done last, innermost first, because writing into a directory changes its time.
  for (const { name, mtime } of directories.toReversed()) {
    chmodSync(pathIn(root, name), 0o700);
    lutimesSync(pathIn(root, name), seconds(mtime), seconds(mtime));
  }
  return { entries, skipped };
}
