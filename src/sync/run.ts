import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import { MemorydError } from '../errors.ts';
import type { Argv, Exec } from '../system/exec.ts';
import { beatInterval, startHeartbeat } from './heartbeat.ts';
import type { SyncOutcome } from './outcome.ts';
import { pull } from './pull.ts';
import { push } from './push.ts';
import { giveLockBack, type SyncSession } from './session.ts';
import type { Trouble } from './trouble.ts';

/**
 * Calls the listener for every signal that asks this process to end, instead of ending. Returns a function that undoes
 * that.
 */
export type Signals = (listener: (signal: NodeJS.Signals) => void) => () => void;

/** Completes `work` even if this process is asked to end meanwhile, and passes the request on to it. */
export async function withSignals<T>(signals: Signals, work: (asked: AbortSignal) => Promise<T>): Promise<T> {
  const asked = new AbortController();
  const undo = signals((signal) => asked.abort(signal));
  try {
    return await work(asked.signal);
  } finally {
    undo();
  }
}

function codeOfSignal(signal: NodeJS.Signals | null): number {
  return 128 + (signal === null ? 0 : constants.signals[signal]);
}

/** Runs a command on this terminal. Returns its exit code; for a signal 128 plus its number, as a shell does. */
async function runCommand(exec: Exec, argv: Argv, signals: Signals): Promise<number> {
  const child = exec.spawn(argv, { stdio: 'inherit', windowsHide: false });
  // The terminal also sends Ctrl-C to the command. The command must end first, so that its last writes are uploaded.
  const undo = signals((signal) => void (signal === 'SIGINT' || child.kill(signal)));
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', (cause) => {
        reject(new MemorydError('failed', `cannot run ${argv[0]}`, { cause, words: cause.message }));
      });
      child.once('exit', (code, signal) => resolve(code ?? codeOfSignal(signal)));
    });
  } finally {
    undo();
  }
}

export interface RunResult {
  pulled: SyncOutcome;
  /** Undefined if the command was not run because the pull failed and `graceful` was off. */
  exitCode: number | undefined;
  pushed: SyncOutcome | undefined;
  /** Why the lock was lost while the command ran. */
  lost: Trouble | undefined;
}

export interface RunOptions {
  exec: Exec;
  signals: Signals;
  /** Run the command even if the server cannot be used. */
  graceful: boolean;
  /** Called before the command starts. */
  onPulled(outcome: SyncOutcome): void;
}

/**
 * Runs a command as one session: pull → heartbeats while it runs → push → release. It has its own client id, so that
 * two runs on one machine exclude each other. Throws if the command cannot be started, after releasing the lock.
 */
export function runSession(base: SyncSession, argv: Argv, options: RunOptions): Promise<RunResult> {
  const clientId = `${base.state.clientId}-run-${randomBytes(4).toString('hex')}`;
  const session = { ...base, remote: base.remote.as(clientId) };
  return withSignals(options.signals, (asked) => runWithSignals(session, argv, options, asked));
}

async function runWithSignals(
  session: SyncSession,
  argv: Argv,
  { exec, signals, graceful, onPulled }: RunOptions,
  asked: AbortSignal,
): Promise<RunResult> {
  const pulled = await pull(session);
  onPulled(pulled);
  const given = pulled.lock;
  if (asked.aborted || (pulled.trouble !== undefined && !graceful)) {
    if (given !== undefined) await giveLockBack(session);
    const exitCode = asked.aborted ? codeOfSignal(asked.reason) : undefined;
    return { pulled, exitCode, pushed: undefined, lost: undefined };
  }
  const heartbeat = given && startHeartbeat(session.remote, beatInterval(given), async () => true);
  try {
    const exitCode = await runCommand(exec, argv, signals);
    await heartbeat?.stop();
    const lost = await heartbeat?.ended;
    return { pulled, exitCode, lost, pushed: await push(session) };
  } catch (error) {
    await heartbeat?.stop();
    if (given !== undefined) await giveLockBack(session);
    throw error;
  }
}

/**
 * Holds the lock of a pull until `asked`, or until a `push` of the same folder has released it (`stillWanted`).
 * Returns the trouble if the lock was lost.
 */
export async function holdLock(
  session: SyncSession,
  everyMs: number,
  asked: AbortSignal,
  stillWanted: () => Promise<boolean>,
): Promise<Trouble | undefined> {
  const heartbeat = startHeartbeat(session.remote, everyMs, stillWanted);
  const stop = () => void heartbeat.stop();
  asked.addEventListener('abort', stop, { once: true });
  if (asked.aborted) stop();
  const lost = await heartbeat.ended;
  asked.removeEventListener('abort', stop);
  return asked.aborted || !(await stillWanted()) ? undefined : lost;
}
