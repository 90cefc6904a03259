import { hash, randomBytes } from 'node:crypto';
import { resolve } from 'node:path';

/** Names a data directory without telling where it is; it need not exist. */
export function dataDirId(directory: string): string {
  return hash('sha256', resolve(directory)).slice(0, 16);
}

/** Names one run of a host. */
export function newNonce(): string {
  return randomBytes(16).toString('hex');
}
