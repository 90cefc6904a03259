import { buffer } from 'node:stream/consumers';
import { createStore, type Store } from '../../daemon/store/index.ts';
import { exportMemories, importParsed } from '../../daemon/transfer/index.ts';
import { readSource } from '../../daemon/transfer/read.ts';
import { dataDirectory } from '../../install/data-directory.ts';
import { machineFor } from '../../install/service-machine.ts';
import { thisMachine } from '../../install/this-machine.ts';
import { writing } from '../../install/writers.ts';
import { checkName } from '../../service/name.ts';
import { output } from '../output.ts';

/** Opens the service's store directly. SQLite's locks coordinate it with a running daemon. */
async function withStore<T>(name: string, work: (store: Store) => T | Promise<T>): Promise<T> {
  const machine = await machineFor(thisMachine(), checkName(name));
  const directory = await dataDirectory(machine, name);
  const store = createStore(directory, machine.system.clock, () => undefined);
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

export async function exportCommand(name: string): Promise<void> {
  await withStore(name, async (store) => {
    for (const line of exportMemories(store)) {
      if (!process.stdout.write(line)) await new Promise((resolve) => process.stdout.once('drain', resolve));
    }
  });
}

export async function importCommand(
  file: string,
  name: string,
  options: { project?: string; json?: boolean },
): Promise<void> {
  const out = output(options.json === true);
  const piped = file === '-' ? await buffer(process.stdin) : undefined;
  const { format, parsed } = await readSource(thisMachine().system.files, file, piped);
  const machine = await machineFor(thisMachine(), checkName(name));
  const report = await writing(machine, name, 'memoryd import', () =>
    withStore(name, (store) => importParsed(store, parsed, { project: options.project })),
  );
  const { stored, updated, unchanged, skipped, shortened } = report;
  if (out.json) {
    const shown = (all: typeof skipped) => all.map(({ where, why }) => ({ where, reason: why }));
    return out.printJson({
      service: name,
      format,
      ...report,
      skipped: shown(skipped),
      shortened: shown(shortened),
    });
  }
  out.info(`${name}: ${stored} stored, ${updated} updated, ${unchanged} already there (${format})`);
  for (const { where, why } of skipped) out.info(`skipped ${where}: ${why}`);
  for (const { where, why } of shortened) out.info(`${where} is ${why}`);
}
