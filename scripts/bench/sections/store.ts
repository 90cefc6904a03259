import type { Section, Table, Target } from '../result.ts';
import { measureAt } from '../store/at-size.ts';
import { measureBesideServerMemory } from '../store/server-memory.ts';

const searches = 200;

/** The target for rare words in a hundred thousand memories, the most frequent kind of search of agents. */
function rareTarget(table: Table): Target {
  const what = 'one rare word';
  return {
    what: `${what}, p99`,
    limit: 20,
    seen: table.rows.find(({ name }) => name === what)?.p99 ?? Number.NaN,
  };
}

export const store: Section = {
  name: 'store',
  about: 'storing and searching 1,000 to 100,000 memories, beside plain FTS5 and server-memory',
  async run() {
    const tables: Table[] = [];
    for (const size of [1000, 10_000, 100_000]) tables.push(await measureAt(size, searches));
    tables.push(await measureBesideServerMemory(100_000));
    return tables.map((table) =>
      table.title.startsWith('100,000 memories') && table.notes
        ? { ...table, targets: [rareTarget(table)] }
        : table,
    );
  },
};

export const store1m: Section = {
  name: 'store-1m',
  about: 'the same with a million memories; takes many minutes and four gigabytes of disk',
  run: async () => [await measureAt(1_000_000, searches)],
};
