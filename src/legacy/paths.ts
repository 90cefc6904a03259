import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { migrationsDirectory, type Roots } from '../layout.ts';
import type { Finding } from './finding.ts';

/** File systems allow 255 bytes in a name, and a crontab line may be longer. */
const longestName = 120;

/** Where what is known of one legacy's migration lies: its definitions, the list of its data, the record. */
export interface MigrationPaths {
  directory: string;
  /** Written once, after all is verified. */
  record: string;
  manifest: string;
  /** A copy of data that stay where they are. */
  backup: string;
}

export function migrationPaths(roots: Roots, { kind, name }: Pick<Finding, 'kind' | 'name'>): MigrationPaths {
  const readable = name.replace(/[^\w.@-]+/g, '_');
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8);
  const plain = readable === name && name.length <= longestName;
  const label = plain ? name : `${readable.slice(0, longestName)}-${digest}`;
  const directory = join(migrationsDirectory(roots), `${kind}-${label}`);
  return {
    directory,
    record: join(directory, 'migrated.json'),
    manifest: join(directory, 'data.json'),
    backup: join(directory, 'data'),
  };
}
