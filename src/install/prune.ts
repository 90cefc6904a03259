import { basename, isAbsolute, join, relative, sep } from 'node:path';
import { appDirectory, type Roots, servicePaths } from '../layout.ts';
import type { ReceiptObservation } from '../service/observation.ts';
import type { Files } from '../system/files.ts';
import { removeUnlessUsed } from '../system/remove-tree.ts';
import { readReceipt } from './observe-files.ts';
import type { Program } from './program.ts';

/** The directories below `<data>/app` that a program or receipt uses. */
function named(roots: Roots, used: { app: string; node: string }): string[] {
  const app = appDirectory(roots);
  return [used.app, used.node].flatMap((path) => {
    const [name = ''] = relative(app, path).split(sep);
    return name === '..' || isAbsolute(name) ? [] : [join(app, name)];
  });
}

/** The directories that installed services of this user use; `unknown` if a receipt cannot be read. */
async function inUse(files: Files, roots: Roots): Promise<string[] | 'unknown'> {
  const services = join(roots.state, 'services');
  const receipts = await Promise.all(
    (await files.list(services)).map((name) => readReceipt(files, servicePaths(roots, name))),
  );
  if (receipts.some(({ kind }) => kind === 'unreadable' || kind === 'invalid')) return 'unknown';
  return receipts.flatMap((read) => (read.kind === 'valid' ? named(roots, read.receipt) : []));
}

/**
 * Removes private copies that no service uses. The version before the new one stays, so that its own `install` can go
 * back to it. Returns the removed paths.
 */
export async function pruneApps(
  files: Files,
  roots: Roots,
  [now, before]: readonly [Program, ReceiptObservation],
): Promise<string[]> {
  const used = await inUse(files, roots);
  // A copy that some service may run on stays.
  if (used === 'unknown') return [];
  const keep = new Set([
    ...used,
    ...named(roots, now),
    ...(before.kind === 'valid' ? named(roots, before.receipt) : []),
  ]);
  const old = (await files.list(appDirectory(roots))).map((name) => join(appDirectory(roots), name));
  const gone = old.filter((path) => !keep.has(path) && !basename(path).endsWith('.partial'));
  return gone.filter(removeUnlessUsed);
}
