import { resolve } from 'node:path';

/** Not imported: it would be loaded by `status`, most often for nothing. */
const crypto = () => process.getBuiltinModule('node:crypto');

/** Names a data directory without telling where it is; it need not exist. */
export function dataDirId(directory: string): string {
  return crypto().hash('sha256', resolve(directory)).slice(0, 16);
}

/** Names one run of a host. */
export function newNonce(): string {
  return crypto().randomBytes(16).toString('hex');
}
