import type { ChildProcess } from 'node:child_process';
import { hostname } from 'node:os';
import { exitCodes, messageOf } from '../errors.ts';
import { type Roots, type ServicePaths, servicePaths } from '../layout.ts';
import { type EarlySettings, earlySettings } from '../runtime/early-settings.ts';
import { logPolicy } from '../runtime/logs/retention.ts';
import { LogWriter } from '../runtime/logs/writer.ts';
import { recordSessionEnd } from '../runtime/run-history-file.ts';
import { listenVariable, supervisedVariable } from '../runtime/socket-activation.ts';
import { type SupervisorRecord, supervisorLockPath, writeSupervisor } from '../runtime/supervisor-file.ts';
import type { Argv } from '../system/exec.ts';
import { acquireLock } from '../system/lock.ts';
import { releaseMemory } from '../system/memory.ts';
import type { System } from '../system/system.ts';
import { HeartbeatMonitor } from './heartbeat.ts';
import { LineSplitter } from './line-splitter.ts';
import { type ChildExit, Supervisor } from './supervisor.ts';

export interface SuperviseOptions {
  /** The command line of each host. */
  argv: Argv;
  /** The supervisor's own command line, for its record. */
  ownArgv: string[];
  /** The variables that inject code and were removed from the environment. */
  removed?: readonly string[];
  /** The inherited listening socket. The supervisor does not use it, and only passes it to each host. */
  socket: number | undefined;
  /** Whether another manager restarts this supervisor, so that a service stopped by the user must stay down (W14). */
  revived: boolean;
  /** The heartbeat interval of hosts in ms; undefined if they send none. */
  beatMs: number | undefined;
  /** Closes the socket, unless it is passed on to a successor. */
  release(): void;
  /** Called with the supervisor, so that signals can stop it. */
  onSupervisor(supervisor: Supervisor): void;
}

const backoff = { firstMs: 100, maxMs: 30_000, stableMs: 60_000 };
/** The stop timeout of a host that does not answer. It is short, because such a host is not expected to react. */
const silentStopMs = 1000;
/** A predecessor that hands over releases its lock before it ends. */
const lockWaitMs = 5000;
/** After a host is ready, the supervisor has nothing to do, usually for days. */
const quietMs = 1000;

/**
 * Keeps a host of the service running until it is stopped or a host exits with a final code. Returns the exit code:
 * that of the host if it was final, else 0.
 */
export async function supervise(
  system: System,
  roots: Roots,
  service: string,
  options: SuperviseOptions,
): Promise<number> {
  const paths = servicePaths(roots, service);
  if (options.revived && (await isUnwanted(system, paths))) return exitCodes.ok;
  const lock = await acquireLock(supervisorLockPath(paths), { waitMs: lockWaitMs });
  if (lock === undefined) return exitCodes.ok;
  // The user may have stopped the service while this one waited for its predecessor to end (N21).
  if (options.revived && (await isUnwanted(system, paths))) {
    lock.release();
    return exitCodes.ok;
  }
  // Its predecessor is dead. If that left a run without an end, both were ended by the end of the session.
  if (options.revived) await recordSessionEnd(system, paths);
  const read = await system.files.read(paths.definition);
  const early = earlySettings(read.kind === 'content' ? read.text : '');
  const log = new LogWriter(paths.logs, service, logPolicy(early.logs), system.clock);
  try {
    return await keep(system, paths, early, log, options);
  } finally {
    log.close();
    lock.release();
  }
}

async function isUnwanted({ files }: System, { stopIntent }: ServicePaths): Promise<boolean> {
  return (await files.inspect(stopIntent)).kind !== 'absent';
}

async function keep(
  system: System,
  paths: ServicePaths,
  early: EarlySettings,
  log: LogWriter,
  options: SuperviseOptions,
): Promise<number> {
  const record = new SupervisorRecordFile(system, paths, log, options.ownArgv);
  await record.update({});
  const { socket, argv, beatMs } = options;
  const handed = socket === undefined ? {} : { [listenVariable]: '3' };
  const variables = { [supervisedVariable]: String(beatMs ?? 0), ...handed };
  const spec = {
    argv,
    options: { env: { ...process.env, ...variables } },
    stdio: ['pipe', 'pipe', ...(socket === undefined ? [] : [socket])] as const,
    stopDeadlineMs: early.stopTimeoutSecs * 1000,
  };
  const isFinal = async ({ code }: ChildExit) =>
    code === exitCodes.ok || code === exitCodes.configuration || (await isUnwanted(system, paths));
  const supervisor: Supervisor = new Supervisor(system, spec, { ...backoff, isFinal }, log.write, {
    started(child) {
      const watch =
        beatMs === undefined ? undefined : new HeartbeatMonitor(system.clock, beatMs, () => end(child));
      const ready = () => {
        supervisor.resetBackoff();
        system.clock.after(quietMs, releaseMemory);
      };
      listen(child, log, { ready, alive: () => watch?.beat() });
      child.once('exit', () => watch?.end());
    },
    ended: ({ code, signal }) =>
      record.update({ lastExit: { code, signal, at: system.clock.now().toISOString() } }),
  });
  const end = ({ pid }: ChildProcess) => {
    log.write('host.silent', { pid });
    supervisor.restart(silentStopMs);
  };
  options.onSupervisor(supervisor);
  log.write('supervisor.started', { pid: process.pid });
  if (options.removed?.length) log.write('supervisor.environment-cleaned', { removed: options.removed });
  const outcome = await supervisor.run();
  // A process that reads in the record that the supervisor has ended may bind the port at once.
  options.release();
  await record.update({ ended: true });
  const code = outcome.kind === 'final' ? (outcome.exit.code ?? exitCodes.failed) : exitCodes.ok;
  log.write('supervisor.ended', { why: outcome.kind, code });
  return code;
}

/** The messages that a host writes to its standard output. */
type HostMessage = 'ready' | 'alive';

/**
 * Reads the messages of a host, one per line of standard output. Its standard error has what Node prints on a crash.
 */
function listen(child: ChildProcess, log: LogWriter, on: Record<HostMessage, () => void>): void {
  const output = new LineSplitter((line) => (line === 'ready' || line === 'alive') && on[line]());
  const errors = new LineSplitter((line) => log.write('host.stderr', { pid: child.pid, line }));
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk)).on('end', () => output.end());
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk)).on('end', () => errors.end());
}

/** Writes the record of the supervisor. */
class SupervisorRecordFile {
  readonly #system: System;
  readonly #paths: ServicePaths;
  readonly #log: LogWriter;
  #file: SupervisorRecord;

  constructor(system: System, paths: ServicePaths, log: LogWriter, argv: string[]) {
    this.#system = system;
    this.#paths = paths;
    this.#log = log;
    const start = system.processes.startIdentity(process.pid) ?? null;
    const startedAt = system.clock.now().toISOString();
    const machine = hostname();
    this.#file = {
      schema: 1,
      pid: process.pid,
      start,
      startedAt,
      machine,
      argv,
      ended: false,
      lastExit: null,
    };
  }

  async update(change: Partial<SupervisorRecord>): Promise<void> {
    this.#file = { ...this.#file, ...change };
    try {
      await writeSupervisor(this.#system.files, this.#paths, this.#file);
    } catch (error) {
      // A full disk must not end the supervisor.
      this.#log.write('supervisor.unrecorded', { why: messageOf(error) });
    }
  }
}
