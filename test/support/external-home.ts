import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLog } from '../../src/runtime/logs/reader.ts';
import { findTree, treeVariable } from '../../src/system/process-tree.ts';
import { HostHome } from './host-home.ts';
import { until } from './until.ts';

const fake = join(import.meta.dirname, 'fake-daemon.ts');

/** The argv of a fake daemon on the service's port. */
export function fakeCommand(...flags: string[]): string[] {
  return [process.execPath, '--disable-warning=ExperimentalWarning', fake, '--port', '{port}', ...flags];
}

/** Asked often and given up on soon, so that tests need not wait. */
export const quickWatch = { intervalSecs: 0.4, timeoutSecs: 0.2, threshold: 3 };

/** A home whose service is an external daemon. */
export async function foreignHome(definition: Record<string, unknown>): Promise<HostHome> {
  return HostHome.create({ probe: { kind: 'http' }, watch: quickWatch, ...definition });
}

/** Everything in the service's log. */
export async function logOf(home: HostHome): Promise<Record<string, unknown>[]> {
  const lines = await readLog(home.system.files, { directory: home.paths.logs, service: home.service });
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Waits for a line of the log. */
export function logged(home: HostHome, event: string, count = 1): Promise<Record<string, unknown>> {
  return until(`${count} × ${event} in the log`, async () => {
    const found = (await logOf(home)).filter((line) => line.event === event);
    return found.length >= count ? found[count - 1] : undefined;
  });
}

/** The mark of the tree that the service's host has started last, read from the environment of its root. */
export function markerOf(pid: number): string {
  const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
  const marker = environment
    .find((one) => one.startsWith(`${treeVariable}=`))
    ?.slice(treeVariable.length + 1);
  if (marker === undefined) throw new Error(`process ${pid} has no mark`);
  return marker;
}

/** How many processes of a marked tree live. */
export async function treeSize(home: HostHome, marker: string): Promise<number> {
  return (await findTree(home.system, { marker })).length;
}

/** Resolves with the exit code of a host. */
export async function exitOf(host: ChildProcess): Promise<number | null> {
  if (host.exitCode !== null) return host.exitCode;
  const [code] = (await once(host, 'exit')) as [number | null];
  return code;
}

/** The service once its child answers, and is not the process `other`. */
export function childReady(home: HostHome, other?: number) {
  return until('the child is ready', async () => {
    const state = await home.find();
    if (state.kind !== 'live' || !state.report.foreign?.ready) throw new Error(JSON.stringify(state));
    const { pid } = state.report.foreign;
    return pid === null || pid === other
      ? undefined
      : { ...state.report.foreign, pid, host: state.endpoint.pid };
  });
}
