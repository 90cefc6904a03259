import { type Roots, servicePaths } from '../layout.ts';
import { parseReceipt } from '../service/receipt.ts';
import type { Files } from '../system/files.ts';

/**
 * The paths of the unit files that the last install wrote. A file at one of them is ours even if it has lost our mark:
 * other programs rewrite unit files, and an edit may cut one short (N05).
 */
export async function receiptPaths(
  files: Pick<Files, 'read'>,
  roots: Roots,
  service: string,
): Promise<ReadonlySet<string>> {
  const read = await files.read(servicePaths(roots, service).receipt);
  const parsed = read.kind === 'content' ? parseReceipt(read.text) : undefined;
  return new Set(parsed?.kind === 'valid' ? parsed.value.units.map(({ path }) => path) : []);
}
