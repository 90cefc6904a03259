import { join } from 'node:path';
import { type ListeningSocket, listeningOn, portsOf } from '../system/listeners.ts';
import { findTree } from '../system/process-tree.ts';
import type { System } from '../system/system.ts';
import type { Candidate } from './detection-context.ts';
import type { FindingBase, RunState } from './finding.ts';

/** The process that listens for the workers of a PM2 cluster: PM2's own daemon. */
async function clusterListener({ files }: System, candidate: Candidate): Promise<number[]> {
  if (candidate.kind !== 'pm2') return [];
  const isCluster = candidate.apps.some(({ saved }) => saved.exec_mode === 'cluster_mode');
  const read = isCluster ? await files.read(join(candidate.pm2Home, 'pm2.pid')) : undefined;
  const pid = read?.kind === 'content' ? Number(read.text) : Number.NaN;
  return Number.isInteger(pid) && pid > 0 ? [pid] : [];
}

/** The processes of a running legacy. */
async function processesOf(system: System, run: RunState): Promise<number[]> {
  const pid = run.kind === 'running' ? run.pid : undefined;
  if (pid === undefined) return [];
  // No process has this marker: only the process and its descendants are found.
  const tree = await findTree(system, { marker: '\0', root: pid });
  return [...new Set([pid, ...tree])];
}

/**
 * The candidate with the port on which its processes listen, if nothing tells its port. A daemon may have it in its own
 * code. Keeps the usual port where this user cannot see what its processes listen on.
 */
export async function withListenedPort(system: System, candidate: Candidate): Promise<Candidate> {
  if (candidate.portTold === true || candidate.run.kind !== 'running') return candidate;
  const pids = await processesOf(system, candidate.run);
  if (pids.length === 0) return candidate;
  const own = await portsOf(system, pids);
  const ports = own.length > 0 ? own : await portsOf(system, await clusterListener(system, candidate));
  const port = ports.find((one) => one === candidate.port) ?? ports[0];
  return port === undefined ? candidate : { ...candidate, port };
}

/**
 * Whether a legacy holds the port `asked`: by its processes, or by its account where this user cannot see by which
 * process.
 */
export async function holdsPort(
  system: System,
  { run, port }: Pick<FindingBase, 'run' | 'port'>,
  asked: number,
  isAccount: (uid: number) => boolean,
): Promise<boolean> {
  if (run.kind === 'stopped') return false;
  if (asked === port) return true;
  const [sockets, pids] = await Promise.all([listeningOn(system, [asked]), processesOf(system, run)]);
  const isOwn = ({ pid, uid }: ListeningSocket) =>
    pid === undefined ? uid !== undefined && isAccount(uid) : pids.includes(pid);
  return sockets.length > 0 && sockets.every(isOwn);
}
