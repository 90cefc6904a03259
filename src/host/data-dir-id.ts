import { resolve } from 'node:path';
import { crypto } from '../crypto.ts';

/** An identifier for a data directory that does not reveal its path. The directory need not exist. */
export function dataDirId(directory: string): string {
  return crypto().hash('sha256', resolve(directory)).slice(0, 16);
}
