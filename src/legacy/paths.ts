import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { migrationsDirectory, type Roots } from '../layout.ts';
import type { Finding } from './finding.ts';

/** File systems limit a name to 255 bytes, and a crontab line may be longer. */
const longestName = 120;

/** The files of one migration: the old definitions, the list of the data, the record. */
export interface MigrationPaths {
  directory: string;
  /** Written once, after the new service is verified. */
  record: string;
  manifest: string;
  /** A copy of data that stays in place. */
  backup: string;
}

/**
 * Gives the paths of one migration. A name that is long or has unusual characters is shortened and made unique by its
 * hash.
 */
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
