import { exitCodes, MemorydError, messageOf } from '../errors.ts';
import { privateFiles, type Roots, servicePaths } from '../layout.ts';
import { build, version } from '../package.ts';
import { earlySettings } from '../runtime/early-settings.ts';
import { instanceLockPath } from '../runtime/instance-lock.ts';
import { logPolicy } from '../runtime/logs/retention.ts';
import { LogWriter } from '../runtime/logs/writer.ts';
import { ownsPort } from '../runtime/owns-port.ts';
import { defaultCrashLoopLimit } from '../runtime/run-history.ts';
import { closeExposedFiles } from '../system/exposed-files.ts';
import type { System } from '../system/system.ts';
import type { HostOptions, RunContext } from './context.ts';
import type { HostDependencies } from './dependencies.ts';
import { Host } from './host.ts';
import { claimInstance } from './instance.ts';
import { RunRecorder } from './run-recorder.ts';

type AnyHost = Pick<Host, 'start' | 'stop' | 'abandon'>;

/** Longer than a host takes to stop by default. */
const claimWaitMs = 10_000;

/**
 * Runs the service until it is told to stop. Returns the exit code: 0 if it was stopped or another host serves, 1 if it
 * failed and may be started again, 78 if another start would not help.
 */
export async function runHost(
  system: System,
  roots: Roots,
  service: string,
  options: HostOptions,
  dependencies: HostDependencies,
): Promise<number> {
  const paths = servicePaths(roots, service);
  const read = await system.files.read(paths.definition);
  const definition = read.kind === 'content' ? read.text : undefined;
  const early = earlySettings(definition ?? '', options.overrides?.listen);
  const log = new LogWriter(paths.logs, service, logPolicy(early.logs), system.clock);
  const waitMs = options.onRefusal === 'stay' ? Number.POSITIVE_INFINITY : claimWaitMs;
  const claiming = claimInstance(system, roots, service, instanceLockPath(paths), waitMs);
  const claim = await Promise.race([claiming, options.shutdown.stopped]);
  if (typeof claim === 'string') return exitCodes.ok;
  if (claim.kind === 'theirs') return standBy(claim.pid, log, options);
  if (claim.kind === 'blocked') {
    log.write('host.failed', { error: 'another host holds the lock and is silent' });
    return exitCodes.failed;
  }
  if (early.logs.compress) await packLogs(log, paths.logs, service, system);
  try {
    return await run({ system, roots, service, paths, log, early, definition, options, dependencies });
  } finally {
    log.close();
    claim.lock.release();
  }
}

async function packLogs(
  log: LogWriter,
  directory: string,
  service: string,
  { clock }: System,
): Promise<void> {
  const { LogPacker } = await import('../runtime/logs/packer.ts');
  const packer = new LogPacker(directory, service, clock, log.write);
  log.onNewFile = () => packer.packLater();
  packer.pack();
}

/**
 * Yields to another host that serves. A manager that waits for a notification would restart us forever, so it gets the
 * exit code that prevents restarts.
 */
function standBy(pid: number, log: LogWriter, { env }: HostOptions): number {
  log.write('host.yielded', { pid: process.pid, to: pid });
  return env.NOTIFY_SOCKET === undefined ? exitCodes.ok : exitCodes.configuration;
}

async function run(context: RunContext): Promise<number> {
  const { system, paths, log, options } = context;
  const about = { pid: process.pid, build };
  const recorder = await RunRecorder.open(
    system,
    paths,
    log.write,
    about,
    options.crashLoopLimit ?? defaultCrashLoopLimit,
  );
  log.write('host.starting', { ...about, version, restarts: recorder.restarts });
  if (options.removed?.length) log.write('host.environment-cleaned', { removed: options.removed });
  if (recorder.gaveUp !== undefined) {
    await recorder.save();
    return refuse(context, recorder.gaveUp, `memoryd start ${context.service}`);
  }
  await closeFiles(context);
  const host = await hostFor(context, recorder);
  // A failed start ends the run like any other failure.
  host.start().catch((error: unknown) => options.shutdown.fail(error));
  const stopped = options.shutdown.stopped.then((reason) => ({ reason }));
  const end = await Promise.race([options.shutdown.failed, stopped]);
  if ('error' in end) return abandonRun(context, recorder, host, end.error);
  log.write('host.stopping', { reason: end.reason });
  const clean = await host.stop();
  await recorder.end('clean', end.reason);
  log.write('host.stopped', { clean });
  return exitCodes.ok;
}

/**
 * Closes private files that were opened to other users since the last start. A full disk must not stop a service that
 * does not need disk space.
 */
async function closeFiles({ system, paths, log }: RunContext): Promise<void> {
  try {
    const closed = await closeExposedFiles(system, privateFiles(paths));
    for (const { path, mode, owner } of closed)
      log.write('file.closed', { path, mode: mode.toString(8), owner });
  } catch (error) {
    log.write('file.open', { why: messageOf(error) });
  }
}

/**
 * Creates the host: the bundled daemon runs in this process; an external one that listens by itself runs as a child.
 */
async function hostFor(context: RunContext, recorder: RunRecorder): Promise<AnyHost> {
  if (!(await ownsPort(context.system, context.roots, context.early))) return new Host(context, recorder);
  const { ExternalHost } = await import('./child/external-host.ts');
  return new ExternalHost(context, recorder);
}

async function abandonRun(
  context: RunContext,
  recorder: RunRecorder,
  host: AnyHost,
  error: unknown,
): Promise<number> {
  const { log } = context;
  const isRefusal = error instanceof MemorydError && error.kind === 'configuration';
  const stack = !isRefusal && error instanceof Error ? { stack: error.stack } : {};
  log.write('host.failed', { error: messageOf(error), ...stack });
  await recorder.end(isRefusal ? 'refused' : 'crashed', messageOf(error));
  await host.abandon();
  if (isRefusal) return refuse(context, messageOf(error), error.hint);
  process.stderr.write(`memoryd: ${messageOf(error)}\n`);
  return exitCodes.failed;
}

async function refuse({ log, options }: RunContext, why: string, hint?: string): Promise<number> {
  log.write('host.refused', { why, next: options.onRefusal });
  process.stderr.write(`memoryd: ${why}\n${hint === undefined ? '' : `try: ${hint}\n`}`);
  if (options.onRefusal === 'stay') await stayUntil(options.shutdown.stopped);
  return exitCodes.configuration;
}

const longestTimerMs = 2 ** 31 - 1;

/** Promises and signal handlers do not keep a process alive, so a timer does. */
async function stayUntil(stopped: Promise<unknown>): Promise<void> {
  const timer = setInterval(() => undefined, longestTimerMs);
  await stopped;
  clearInterval(timer);
}
