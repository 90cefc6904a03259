import { databasePath } from '../../layout.ts';
import type { Log } from '../../service/log.ts';
import type { Clock } from '../../system/clock.ts';
import { createHealth } from './health.ts';
import { createLifecycle, type StoreOptions } from './lifecycle.ts';
import { schemaVersion } from './migrations.ts';
import { createReads } from './reads.ts';
import type { Store } from './store.ts';
import { createWrites } from './writes.ts';

export type { ImportedMemory, ImportOutcome } from './import.ts';
export type { StoreOptions } from './lifecycle.ts';
export type { Memory, MemoryFilter, NewMemory } from './memory.ts';
export type { SearchHit, SearchOptions } from './search.ts';
export type { Similar } from './similar.ts';
export type { ExportedMemory, Store } from './store.ts';
export type { ProjectCount, StoreStats, TagCount } from './summary.ts';

/**
 * Makes the store of a data directory. It opens nothing until it is used and creates nothing until something is stored.
 */
export function createStore(dataDir: string, clock: Clock, log: Log, options: StoreOptions = {}): Store {
  const life = createLifecycle(dataDir, clock, log, options);
  const health = createHealth(life, databasePath(dataDir), { ...options, log });
  const now = () => clock.now().getTime();
  const reads = createReads({ ...life, now, rewriteProblem: () => life.rewriter()?.problem() });
  const writes = createWrites({ ...life, now });

  return {
    ...health.observed('read', reads),
    ...health.observed('write', writes),

    async settle() {
      const db = life.reading();
      if (db === undefined) return;
      await life.maintenance()?.settle();
      await life.indexOf(db).settle();
    },

    ...health.observed('read', {
      recover() {
        if (life.reading() !== undefined) health.check();
      },
    }),

    problem: () => health.problem(),
    schemaVersion,
    close: () => life.close(),
  };
}
