import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ImportedMemory, ImportOutcome, Store } from '../store/index.ts';
import { beyondLimits, type Skipped, withinLimits } from './source.ts';

export interface ImportReport extends Record<ImportOutcome, number> {
  /** Entries that are not memories, with the reason. The others were imported. */
  skipped: Skipped[];
  /** Memories that were cut to the limits, by title or first words. */
  shortened: Skipped[];
}

/** Imports memories in batches. */
export interface Importer {
  /** Imports a memory, at the latest with the next `end`. */
  add(memory: ImportedMemory): Promise<void>;
  /** Imports what is left, and gives the report. */
  end(): Promise<ImportReport>;
  readonly report: ImportReport;
}

/** The memories of one transaction. Between two transactions the daemon answers other requests. */
const batchSize = 500;

function nameOf({ title, content }: ImportedMemory): string {
  return JSON.stringify((title ?? content).slice(0, 60));
}

function inProject(memory: ImportedMemory, project: string | undefined): ImportedMemory {
  if (memory.project !== null || project === undefined) return memory;
  // The same item in two projects counts as two items.
  const origin = memory.origin === undefined ? undefined : `${project}:${memory.origin}`;
  return { ...memory, project, origin };
}

/** Makes an importer. `project` is the project of memories that name none. */
export function createImporter(store: Store, project: string | undefined): Importer {
  const report: ImportReport = { stored: 0, updated: 0, unchanged: 0, skipped: [], shortened: [] };
  let batch: ImportedMemory[] = [];

  async function importBatch(): Promise<void> {
    const outcomes = store.import(batch.map((memory) => withinLimits(inProject(memory, project))));
    for (const [at, outcome] of outcomes.entries()) {
      report[outcome] += 1;
      const memory = batch[at] as ImportedMemory;
      const why = beyondLimits(memory);
      if (why !== undefined) report.shortened.push({ where: nameOf(memory), why });
    }
    batch = [];
    await nextTurn();
  }

  return {
    report,
    async add(memory) {
      batch.push(memory);
      if (batch.length === batchSize) await importBatch();
    },
    async end() {
      if (batch.length > 0) await importBatch();
      return report;
    },
  };
}
