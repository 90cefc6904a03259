import { backUp, restoreBackup, verifyStore } from '../../daemon/store/backup.ts';
import { repairStore } from '../../daemon/transfer/repair.ts';
import { MemorydError } from '../../errors.ts';
import { dataDirectory } from '../../install/data-directory.ts';
import { inspectService } from '../../install/inspect.ts';
import { operate } from '../../install/operate.ts';
import { refuseNewerStore } from '../../install/refuse-newer-store.ts';
import type { Machine } from '../../install/service-lock.ts';
import { machineFor } from '../../install/service-machine.ts';
import { thisMachine } from '../../install/this-machine.ts';
import { writing } from '../../install/writers.ts';
import { backupPath, databasePath, servicePaths, timeStamp } from '../../layout.ts';
import { checkName } from '../../service/name.ts';
import { shellWord } from '../../service/shell-line.ts';
import { databasesIn } from '../../system/database-files.ts';
import { output } from '../output.ts';

interface Flags {
  json?: boolean;
  dryRun?: boolean;
}

async function placesOf(machine: Machine, name: string) {
  const directory = await dataDirectory(machine, name);
  const { backups } = servicePaths(machine.roots, name);
  return { directory, path: databasePath(directory), backups, now: machine.system.clock.now() };
}

/** Runs `work` while the service does not run, and starts it again if it ran before. */
async function whileStopped<T>(
  machine: Machine,
  name: string,
  what: string,
  work: () => Promise<T> | T,
): Promise<T> {
  const { running } = await inspectService(machine, name, { fast: true });
  if (running !== undefined) await operate(machine, { name, verb: 'stop' });
  try {
    return await writing(machine, name, what, async () => work());
  } finally {
    if (running !== undefined) await operate(machine, { name, verb: 'start' });
  }
}

export async function backupCommand(name: string, options: Flags & { to?: string }): Promise<void> {
  const out = output(options.json === true);
  const machine = await machineFor(thisMachine(), checkName(name));
  const { path, backups, now } = await placesOf(machine, name);
  if ((await machine.system.files.inspect(path)).kind === 'absent') {
    throw new MemorydError('failed', `"${name}" has no memories yet`);
  }
  const to = options.to ?? backupPath(backups, now);
  if (options.to === undefined) await machine.system.files.makeDirectory(backups);
  const memories = backUp(path, to);
  if (out.json) return out.printJson({ service: name, backup: to, memories });
  out.info(`${name}: ${memories} ${memories === 1 ? 'memory is' : 'memories are'} in ${to}`);
}

/** The newest backup. Throws `usage` when there is none. */
function newestBackup(name: string, directory: string): string {
  const newest = databasesIn(directory, 'memories-').at(-1);
  if (newest !== undefined) return newest.path;
  throw new MemorydError('usage', `there is no backup of "${name}" in ${directory}`, {
    hint: 'memoryd restore --help',
  });
}

export async function restoreCommand(name: string, options: Flags & { from?: string }): Promise<void> {
  const out = output(options.json === true);
  const machine = await machineFor(thisMachine(), checkName(name));
  const { directory, path, backups, now } = await placesOf(machine, name);
  const from = options.from ?? newestBackup(name, backups);
  const found = verifyStore(from);
  if (options.dryRun) {
    if (out.json) return out.printJson({ service: name, backup: from, memories: found, kept: null });
    return out.info(`${name}: would restore ${found} memories from ${from}`);
  }
  await machine.system.files.makeDirectory(directory);
  const kept = `${path}.before-restore-${timeStamp(now)}.db`;
  const memories = await whileStopped(machine, name, 'memoryd restore', () =>
    restoreBackup(from, path, kept),
  );
  const isKept = (await machine.system.files.inspect(kept)).kind !== 'absent';
  if (out.json) return out.printJson({ service: name, backup: from, memories, kept: isKept ? kept : null });
  out.info(`${name}: ${memories} memories were restored from ${from}`);
  if (isKept) out.info(`undo: memoryd restore ${name} --from ${shellWord(kept)}`);
}

export async function repairCommand(name: string, options: Flags): Promise<void> {
  const out = output(options.json === true);
  const machine = await machineFor(thisMachine(), checkName(name));
  const { system } = machine;
  const { directory, path, now } = await placesOf(machine, name);
  const seen = await system.files.inspect(path);
  if (seen.kind === 'absent') throw new MemorydError('failed', `"${name}" has no memories yet`);
  refuseNewerStore(directory);
  const health = wholeOrReason(path);
  if (health.whole) {
    if (out.json)
      return out.printJson({ service: name, whole: true, recovered: null, lost: null, kept: null });
    return out.info(`${name}: nothing to repair, ${path} is whole`);
  }
  if (options.dryRun) {
    if (out.json) return out.printJson({ service: name, whole: false, reason: health.reason });
    return out.info(`${name}: would repair it: ${health.reason}`);
  }
  const kept = `${path}.damaged-${timeStamp(now)}.db`;
  const report = await whileStopped(machine, name, 'memoryd repair', () =>
    repairStore(system, directory, kept),
  );
  if (out.json) return out.printJson({ service: name, whole: false, ...report, kept });
  out.info(`${name}: ${report.recovered} memories were recovered, at least ${report.lost} are lost`);
  out.info(`the damaged file is kept: ${kept}`);
}

function wholeOrReason(path: string): { whole: true } | { whole: false; reason: string } {
  try {
    verifyStore(path);
    return { whole: true };
  } catch (error) {
    if (error instanceof MemorydError) return { whole: false, reason: error.message };
    throw error;
  }
}
