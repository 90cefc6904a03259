import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { codeOf } from '../errors.ts';

/** The pages of a database file and its log, read without SQLite. Must not be used on a file that is open in SQLite. */
export interface DatabasePages {
  pageSize: number;
  count: number;
  /** Gives a page as it is after the log, or `undefined` for one that is not there. Numbers start at 1. */
  page(number: number): Buffer | undefined;
  close(): void;
}

const usualPageSize = 4096;
const logHeaderBytes = 32;
const frameHeaderBytes = 24;

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function readAt(file: number, bytes: number, at: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  return buffer.subarray(0, readSync(file, buffer, 0, bytes, at));
}

/** The page size of the header, or the usual one where the header is destroyed. */
function pageSizeOf(header: Buffer): number {
  const stored = header.length < 18 ? 0 : header.readUInt16BE(16);
  const size = stored === 1 ? 65_536 : stored;
  return size >= 512 && (size & (size - 1)) === 0 ? size : usualPageSize;
}

/**
 * Where in the log the last version of each page is. A frame of an earlier use of the log has other salt values.
 * https://sqlite.org/fileformat.html#the_write_ahead_log
 */
function framesOf(log: number, pageSize: number): Map<number, number> {
  const salt = readAt(log, logHeaderBytes, 0).subarray(16, 24);
  const frames = new Map<number, number>();
  const { size } = fstatSync(log);
  for (let at = logHeaderBytes; at + frameHeaderBytes + pageSize <= size; at += frameHeaderBytes + pageSize) {
    const header = readAt(log, frameHeaderBytes, at);
    if (header.subarray(8, 16).equals(salt)) frames.set(header.readUInt32BE(0), at + frameHeaderBytes);
  }
  return frames;
}

/** Opens the pages of a database. Throws errors of the system. */
export function openPages(path: string): DatabasePages {
  const file = openSync(path, 'r');
  const log = openIfThere(`${path}-wal`);
  const pageSize = pageSizeOf(readAt(file, 100, 0));
  const frames = log === undefined ? new Map<number, number>() : framesOf(log, pageSize);
  const inFile = Math.floor(fstatSync(file).size / pageSize);
  return {
    pageSize,
    count: [...frames.keys()].reduce((most, number) => Math.max(most, number), inFile),
    page(number) {
      const frame = frames.get(number);
      if (frame !== undefined && log !== undefined) return readAt(log, pageSize, frame);
      return number >= 1 && number <= inFile ? readAt(file, pageSize, (number - 1) * pageSize) : undefined;
    },
    close() {
      closeSync(file);
      if (log !== undefined) closeSync(log);
    },
  };
}
