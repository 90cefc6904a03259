import { randomBytes } from 'node:crypto';
import { MemorydError } from '../errors.ts';
import type { Argv, Exec } from '../system/exec.ts';
import { beatInterval, type Heartbeat, startHeartbeat } from './heartbeat.ts';
import type { Outcome } from './outcome.ts';
import { pull } from './pull.ts';
import { push } from './push.ts';
import { giveLockBack, type Session } from './session.ts';
import type { Trouble } from './trouble.ts';

/** Calls back with every signal that asks this process to end, instead of ending; gives what undoes that. */
export type Signals = (listener: (signal: NodeJS.Signals) => void) => () => void;

/** Runs a command on this terminal. Gives its exit code, 128 and more for a signal as a shell would. */
async function runCommand(exec: Exec, argv: Argv, signals: Signals): Promise<number> {
  const { constants } = await import('node:os');
  const child = exec.spawn(argv, { stdio: 'inherit', windowsHide: false });
  // A terminal sends Ctrl-C to the command as well: it is to end first, so that what it wrote last is uploaded.
  const undo = signals((signal) => void (signal === 'SIGINT' || child.kill(signal)));
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', (cause) => {
        reject(new MemorydError('failed', `cannot run ${argv[0]}`, { cause, words: cause.message }));
      });
      child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    });
  } finally {
    undo();
  }
}

export interface RunResult {
  pulled: Outcome;
  /** Undefined when the command was not run: the pull met trouble and working on alone was not wanted. */
  exitCode: number | undefined;
  pushed: Outcome | undefined;
  /** Why the lock was lost while the command ran. */
  lost: Trouble | undefined;
}

export interface RunOptions {
  exec: Exec;
  signals: Signals;
  /** Runs the command also when the server is of no use. */
  graceful: boolean;
  /** Told before the command starts. */
  onPulled(outcome: Outcome): void;
}

/**
 * Runs a command as one session: pull → heartbeat while it runs → push → release. It is a client of its own, so that
 * two runs on one machine keep each other out. Throws when the command cannot be started; the lock is handed back then.
 */
export async function runSession(
  base: Session,
  argv: Argv,
  { exec, signals, graceful, onPulled }: RunOptions,
): Promise<RunResult> {
  const clientId = `${base.state.clientId}-run-${randomBytes(4).toString('hex')}`;
  const session = { ...base, remote: base.remote.as(clientId) };
  const pulled = await pull(session);
  onPulled(pulled);
  if (pulled.trouble !== undefined && !graceful) {
    return { pulled, exitCode: undefined, pushed: undefined, lost: undefined };
  }
  const heartbeat: Heartbeat | undefined =
    pulled.lock && startHeartbeat(session.remote, beatInterval(pulled.lock), async () => true);
  try {
    const exitCode = await runCommand(exec, argv, signals);
    await heartbeat?.stop();
    const lost = await heartbeat?.ended;
    return { pulled, exitCode, lost, pushed: await push(session) };
  } catch (error) {
    await heartbeat?.stop();
    if (pulled.lock !== undefined) await giveLockBack(session);
    throw error;
  }
}

/**
 * Keeps the lock that a pull took until this process is asked to end, and hands it back; or until a `push` of the same
 * folder has handed it back, which `stillWanted` tells. Gives the trouble when it was lost otherwise.
 */
export async function holdLock(
  session: Session,
  everyMs: number,
  { signals, stillWanted }: { signals: Signals; stillWanted: () => Promise<boolean> },
): Promise<Trouble | undefined> {
  const heartbeat = startHeartbeat(session.remote, everyMs, stillWanted);
  let asked = false;
  const undo = signals(() => {
    asked = true;
    void heartbeat.stop();
  });
  const lost = await heartbeat.ended;
  undo();
  if (asked) await giveLockBack(session);
  return asked || !(await stillWanted()) ? undefined : lost;
}
