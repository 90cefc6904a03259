import { join } from 'node:path';
import { MemorydError } from '../../errors.ts';
import { databasePath } from '../../layout.ts';
import type { Clock } from '../../system/clock.ts';
import { keepDatabase, publishDatabase } from '../../system/database-files.ts';
import type { Files } from '../../system/files.ts';
import { createStore } from '../store/index.ts';
import { openSalvage } from '../store/salvage/index.ts';
import { createImporter } from './importer.ts';
import { importedMemory } from './memories-jsonl.ts';

export interface RepairReport {
  recovered: number;
  /** How many memories the indexes name that could not be read. Where the indexes are damaged, too, it may be more. */
  lost: number;
}

/** What a repair needs of the machine. */
export interface RepairContext {
  files: Pick<Files, 'removeTree'>;
  clock: Clock;
}

/** Copies every readable memory of a damaged store into a new store in `scratch`. */
async function recover(path: string, scratch: string, clock: Clock): Promise<RepairReport> {
  const salvage = openSalvage(path);
  const store = createStore(scratch, clock, () => undefined);
  try {
    const importer = createImporter(store, undefined);
    for (const found of salvage.memories()) {
      const memory = importedMemory(found);
      if (memory !== undefined) await importer.add(memory);
    }
    await importer.end();
    return { recovered: store.counts().memories ?? 0, lost: salvage.lost() };
  } finally {
    store.close();
    salvage.close();
  }
}

/**
 * Replaces a damaged store by a new one with every memory that can be read. The damaged file is kept under the name
 * `kept`. No process may have the store open. Throws `failed`, and changes nothing, when there is no memory to read.
 */
export async function repairStore(
  { files, clock }: RepairContext,
  dataDir: string,
  kept: string,
): Promise<RepairReport> {
  const path = databasePath(dataDir);
  const scratch = join(dataDir, 'repair');
  await files.removeTree(scratch);
  try {
    const report = await recover(path, scratch, clock);
    if (report.recovered === 0) throw new MemorydError('failed', `no memory in ${path} can be read`);
    keepDatabase(path, kept);
    publishDatabase(databasePath(scratch), path);
    return report;
  } finally {
    await files.removeTree(scratch);
  }
}
