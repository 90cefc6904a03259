import { MemorydError } from '../errors.ts';
import type { ReceiptObservation } from '../service/observation.ts';

/** Whether a version is newer than another one, by its three numbers (pure). A pre-release counts as its release. */
export function isNewer(version: string, other: string): boolean {
  const numbers = (text: string) => (text.split(/[-+]/)[0] ?? '').split('.').map(Number);
  const [a, b] = [numbers(version), numbers(other)];
  const at = a.findIndex((number, index) => number !== (b[index] ?? 0));
  return at >= 0 && (a[at] ?? 0) > (b[at] ?? 0);
}

/**
 * Throws `usage` if the service was installed by a newer memoryd than this one: an old copy in a PATH or a cache would
 * replace it silently, and might not read its store (N33).
 */
export function refuseDowngrade(
  service: string,
  receipt: ReceiptObservation,
  own: string,
  allowed: boolean | undefined,
): void {
  if (allowed || receipt.kind !== 'valid' || !isNewer(receipt.receipt.version, own)) return;
  const { version } = receipt.receipt;
  throw new MemorydError('usage', `"${service}" runs memoryd ${version}, and this is memoryd ${own}`, {
    hint: `memoryd install ${service} --downgrade`,
  });
}
