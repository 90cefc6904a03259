import { buffer } from 'node:stream/consumers';
import { createStore, type ExportedMemory, type Store } from '../../daemon/store/index.ts';
import { problemOfError } from '../../daemon/store/problem.ts';
import { openSalvage } from '../../daemon/store/salvage/index.ts';
import { exportLine, type ImportReport, importLines, importParsed } from '../../daemon/transfer/index.ts';
import { isMemoryLines } from '../../daemon/transfer/large.ts';
import { readSource } from '../../daemon/transfer/read.ts';
import { MemorydError, messageOf } from '../../errors.ts';
import { dataDirectory } from '../../install/data-directory.ts';
import { refuseNewerStore } from '../../install/refuse-newer-store.ts';
import type { Machine } from '../../install/service-lock.ts';
import { machineFor } from '../../install/service-machine.ts';
import { thisMachine } from '../../install/this-machine.ts';
import { writing } from '../../install/writers.ts';
import { databasePath } from '../../layout.ts';
import { checkName } from '../../service/name.ts';
import { linesOf } from '../../system/lines.ts';
import { output } from '../output.ts';
import { showReadProgress } from '../render/read-progress.ts';

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

async function writeLine(memory: ExportedMemory): Promise<void> {
  if (process.stdout.write(exportLine(memory))) return;
  await new Promise((resolve) => process.stdout.once('drain', resolve));
}

/**
 * Writes what is left of a damaged store, without the memories that were written already. Always throws, with the number
 * of memories in the export.
 */
async function exportDamaged(
  path: string,
  name: string,
  written: Set<string>,
  error: unknown,
): Promise<never> {
  const salvage = openSalvage(path);
  try {
    for (const memory of salvage.memories()) {
      if (written.has(memory.id)) continue;
      written.add(memory.id);
      await writeLine(memory);
    }
    const counts = `${written.size} memories were written, at least ${salvage.lost()} are lost`;
    throw new MemorydError('failed', `${path} is damaged (${messageOf(error)}): ${counts}`, {
      hint: `memoryd repair ${name}`,
      cause: error,
    });
  } finally {
    salvage.close();
  }
}

export async function exportCommand(name: string): Promise<void> {
  const machine = await machineFor(thisMachine(), checkName(name));
  const directory = await dataDirectory(machine, name);
  refuseNewerStore(directory);
  const store = createStore(directory, machine.system.clock, () => undefined);
  const written = new Set<string>();
  try {
    for (const memory of store.export()) {
      await writeLine(memory);
      written.add(memory.id);
    }
  } catch (error) {
    // Also closes the file, so that it can be read without SQLite.
    store.close();
    if (problemOfError(error, directory, name)?.kind !== 'damaged') throw error;
    await exportDamaged(databasePath(directory), name, written, error);
  } finally {
    store.close();
  }
}

interface OpenImport {
  format: string;
  importInto(store: Store, project: string | undefined): Promise<ImportReport>;
}

/** Reads what is to be imported. A large file of memories is read while it is imported. */
async function openImport(machine: Machine, file: string, json: boolean): Promise<OpenImport> {
  const { clock, files } = machine.system;
  if (file !== '-' && (await isMemoryLines(files, file))) {
    const show = (text: string) => void process.stderr.write(text);
    const progress = process.stderr.isTTY && !json ? showReadProgress(clock, show) : undefined;
    return {
      format: 'jsonl',
      importInto: (store, project) => importLines(store, linesOf(file, progress), project),
    };
  }
  const piped = file === '-' ? await buffer(process.stdin) : undefined;
  const { format, parsed } = await readSource(files, file, piped);
  return { format, importInto: (store, project) => importParsed(store, parsed, { project }) };
}

export async function importCommand(
  file: string,
  name: string,
  options: { project?: string; json?: boolean },
): Promise<void> {
  const out = output(options.json === true);
  const machine = await machineFor(thisMachine(), checkName(name));
  const { format, importInto } = await openImport(machine, file, out.json);
  const report = await writing(machine, name, 'memoryd import', () =>
    withStore(name, (store) => importInto(store, options.project)),
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
