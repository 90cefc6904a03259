import { resolve } from 'node:path';
import { crypto } from '../crypto.ts';

/** Names a data directory without telling where it is; it need not exist. */
export function dataDirId(directory: string): string {
  return crypto().hash('sha256', resolve(directory)).slice(0, 16);
}
