import { resolve } from 'node:path';
import type { Roots } from '../layout.ts';
import { realPath } from '../system/real-path.ts';

/** Not imported: it would be loaded by `status`, most often for nothing. */
const crypto = () => process.getBuiltinModule('node:crypto');

/** Names a data directory without telling where it is; it need not exist. */
export function dataDirId(directory: string): string {
  return crypto().hash('sha256', resolve(directory)).slice(0, 16);
}

/** Names the directories of an installation, in the same way however the way there is spelt. */
export function installationIds({ config, data, state }: Roots): string[] {
  return [config, data, state].map((path) => dataDirId(realPath(path)));
}

/** Names one run of a host. */
export function newNonce(): string {
  return crypto().randomBytes(16).toString('hex');
}
