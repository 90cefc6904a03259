import { join, resolve } from 'node:path';
import { exitCodes, MemorydError } from '../../errors.ts';
import { thisMachine } from '../../install/this-machine.ts';
import { openFolder } from '../../sync/folder.ts';
import { beatInterval } from '../../sync/heartbeat.ts';
import { inspect } from '../../sync/inspect.ts';
import { readKey } from '../../sync/key.ts';
import { pull } from '../../sync/pull.ts';
import { push } from '../../sync/push.ts';
import { createRemote } from '../../sync/remote.ts';
import { holdLock, runSession, type Signals, withSignals } from '../../sync/run.ts';
import { giveLockBack, type SyncSession } from '../../sync/session.ts';
import { openState } from '../../sync/state.ts';
import { defaultFolder, parseProject, parseServer } from '../../sync/target.ts';
import type { System } from '../../system/system.ts';
import { type Output, output } from '../output.ts';
import { reportComparison, reportOutcome, reportTrouble, type SyncReport } from '../render/sync.ts';

export interface SyncOptions {
  action: 'pull' | 'push' | 'status' | 'run';
  server: string;
  project: string;
  /** The folder to sync. Default: claude-mneme's folder of that project. */
  dir?: string;
  keyFile?: string;
  /** Continue with a warning and exit code 0 when the server cannot be used. Default: true. */
  graceful?: boolean;
  /** `pull` only: keep running and hold the lock. */
  hold?: boolean;
  /** `pull` and `push` only: show what differs. */
  dryRun?: boolean;
  /** Seconds for each request; default 30. */
  timeout?: number;
  /** `run` only. */
  command?: string[];
}

export interface SyncIo {
  system: System;
  /** memoryd's configuration directory: `sync.key` in it is the default key file. */
  configDir: string;
  output: Output;
  signals: Signals;
}

/** The signals that ask this process to end. Windows sends SIGHUP when a console is closed. */
export const processSignals: Signals = (listener) => {
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, listener);
  return () => {
    for (const name of names) process.off(name, listener);
  };
};

interface Work {
  session: SyncSession;
  options: SyncOptions;
  io: SyncIo;
  subject: { server: string; project: string; folder: string };
  /** Whether the folder still claims the lock, by its state file. */
  holding(): Promise<boolean>;
}

type Report = SyncReport & { exitCode?: number };

async function open(options: SyncOptions, io: SyncIo): Promise<Work> {
  const { system, configDir } = io;
  const server = parseServer(options.server);
  const project = parseProject(options.project);
  const folder = resolve(options.dir ?? defaultFolder(system.user.home, project));
  const named = options.keyFile !== undefined;
  const key = await readKey(system, options.keyFile ?? join(configDir, 'sync.key'), named);
  const state = await openState(system.files, folder, server, project);
  const http = { base: server, key, timeoutMs: (options.timeout ?? 30) * 1000, retries: 2 };
  const session = {
    remote: createRemote(http, project, state.clientId),
    folder: openFolder(system, folder),
    state,
  };
  const holding = async () => (await openState(system.files, folder, server, project)).holding();
  return { session, options, io, subject: { server, project, folder }, holding };
}

function show(output: Output, { lines, warnings }: SyncReport): void {
  if (!output.json) lines.forEach(output.print);
  for (const warning of warnings) output.info(`memoryd: ${warning}`);
}

async function look({ session }: Work): Promise<Report> {
  const reply = await inspect(session);
  return reply.kind === 'ok' ? reportComparison(reply.value) : reportTrouble(reply);
}

/**
 * Pulls. With `--hold`, renews the lock by heartbeats. When asked to end, it releases the lock: otherwise the lock
 * would stay for a whole TTL.
 */
async function pullCommand({ session, options, io, holding }: Work, asked: AbortSignal): Promise<Report> {
  const outcome = await pull(session);
  const report = reportOutcome(outcome);
  if (outcome.lock === undefined) return report;
  if (!options.hold || asked.aborted) {
    if (asked.aborted) await giveLockBack(session);
    return report;
  }
  show(io.output, report);
  io.output.info('memoryd: holding the lock until Ctrl-C, or until memoryd sync push');
  const lost = await holdLock(session, beatInterval(outcome.lock), asked, holding);
  if (asked.aborted) await giveLockBack(session);
  const ended = reportOutcome({ files: outcome.files, ...(lost === undefined ? {} : { trouble: lost }) });
  return { ...ended, lines: [], warnings: ended.warnings.slice(report.warnings.length) };
}

async function runCommand({ session, options, io }: Work): Promise<Report> {
  const [command, ...args] = options.command ?? [];
  if (command === undefined) {
    throw new MemorydError('usage', 'no command to run', { hint: 'memoryd sync run --help' });
  }
  const { info: talk } = io.output;
  const result = await runSession(session, [command, ...args], {
    exec: io.system.exec,
    signals: io.signals,
    graceful: options.graceful ?? true,
    onPulled: (outcome) => show({ ...io.output, print: talk }, reportOutcome(outcome)),
  });
  const pulled = reportOutcome(result.pulled);
  const pushed = reportOutcome(result.pushed ?? { files: [] });
  const lost = result.lost === undefined ? [] : reportTrouble(result.lost).warnings;
  // Standard output belongs to the command.
  pushed.lines.forEach(talk);
  return {
    lines: [],
    warnings: [...lost, ...pushed.warnings],
    document: {
      pulled: pulled.document,
      pushed: result.pushed && pushed.document,
      command: result.exitCode ?? null,
    },
    troubles: [...pulled.troubles, ...pushed.troubles],
    ...(result.exitCode === undefined ? {} : { exitCode: result.exitCode }),
  };
}

async function act(work: Work): Promise<Report> {
  const { session, options, io } = work;
  if (options.action === 'run') return await runCommand(work);
  if (options.action === 'status' || options.dryRun) return await look(work);
  return await withSignals(io.signals, async (asked) =>
    options.action === 'push' ? reportOutcome(await push(session)) : await pullCommand(work, asked),
  );
}

/**
 * `memoryd sync pull|push|status|run`. Returns the exit code. It is 0 when the server could not be used and `graceful`
 * is set, and 1 without `graceful`. For `run` it is the command's exit code unless that is 0. Throws usage,
 * configuration, permission and local disk errors.
 */
export async function sync(options: SyncOptions, io: SyncIo): Promise<number> {
  const { output } = io;
  const work = await open(options, io);
  const report = await act(work);
  const failed = report.troubles.length > 0 && !(options.graceful ?? true);
  const exitCode = report.exitCode || (failed ? exitCodes.failed : exitCodes.ok);
  show(output, report);
  if (output.json) {
    const { document, warnings } = report;
    output.printJson({ action: options.action, ...work.subject, ...document, warnings, exitCode });
  }
  return exitCode;
}

type CommandLine = Omit<SyncOptions, 'action' | 'command'> & { json?: boolean };

/** Called by commander. For `run`, the command comes before the options. */
export async function syncCommand(action: SyncOptions['action'], ...rest: unknown[]): Promise<void> {
  const options = rest.at(-1) as CommandLine;
  const { system, roots } = thisMachine();
  const io = {
    system,
    configDir: roots.config,
    output: output(options.json === true),
    signals: processSignals,
  };
  const command = rest.length > 1 ? { command: rest[0] as string[] } : {};
  process.exitCode = await sync({ ...options, action, ...command }, io);
}
