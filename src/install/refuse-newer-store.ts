import { MemorydError } from '../errors.ts';
import { databasePath } from '../layout.ts';
import { storeSchema } from '../service/store-problem.ts';
import { inspectSqliteFile } from '../system/sqlite-file.ts';

/**
 * Throws `failed` when a newer memoryd wrote the store in a data directory: this version could not open it, and would
 * answer without its memories.
 */
export function refuseNewerStore(dataDir: string): void {
  const path = databasePath(dataDir);
  const file = inspectSqliteFile(path);
  if (file.kind !== 'database' || file.userVersion <= storeSchema) return;
  throw new MemorydError(
    'failed',
    `${path} has schema ${file.userVersion}, this memoryd knows ${storeSchema}: a newer version wrote it`,
    { hint: 'npm install --global memoryd@latest' },
  );
}
