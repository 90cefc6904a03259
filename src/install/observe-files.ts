import type { Stats } from 'node:fs';
import type { ServicePaths } from '../layout.ts';
import type { FileObservation, ReceiptObservation } from '../service/observation.ts';
import { parseReceipt } from '../service/receipt.ts';
import type { Files } from '../system/files.ts';

/** The receipt of the last verified install. */
export async function readReceipt(files: Files, { receipt }: ServicePaths): Promise<ReceiptObservation> {
  const read = await files.read(receipt);
  if (read.kind !== 'content') return read;
  const parsed = parseReceipt(read.text);
  return parsed.kind === 'invalid'
    ? { kind: 'invalid', why: parsed.reason }
    : { kind: 'valid', receipt: parsed.value };
}

/** The text of one of our files: UTF-16LE with a byte order mark, else UTF-8. */
export function decode(bytes: Buffer): string {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return utf16 ? bytes.subarray(2).toString('utf16le') : bytes.toString('utf8');
}

/** Windows has no modes, and Node shows the same mode for every writable file, so the mode counts as correct there. */
function modeOf({ mode }: Stats): number {
  return process.platform === 'win32' && (mode & 0o200) !== 0 ? 0o600 : mode & 0o777;
}

async function observeFile(files: Files, path: string): Promise<FileObservation> {
  const seen = await files.inspect(path);
  if (seen.kind === 'absent' || seen.kind === 'unreadable') return seen;
  if (seen.kind === 'link') return { kind: 'link', target: seen.target };
  const read = await files.read(path);
  if (read.kind !== 'content')
    return { kind: 'unreadable', why: read.kind === 'absent' ? 'it was removed meanwhile' : read.why };
  return { kind: 'file', content: decode(read.bytes), mode: modeOf(seen.stats) };
}

/** What is at each of `paths`. */
export async function observeFiles(
  files: Files,
  paths: readonly string[],
): Promise<Map<string, FileObservation>> {
  const seen = await Promise.all(paths.map(async (path) => [path, await observeFile(files, path)] as const));
  return new Map(seen);
}

/** The existing ones of `paths`. */
export async function present(files: Files, paths: readonly string[]): Promise<Set<string>> {
  const seen = await Promise.all(
    paths.map(async (path) => ({ path, is: (await files.inspect(path)).kind !== 'absent' })),
  );
  return new Set(seen.filter(({ is }) => is).map(({ path }) => path));
}
