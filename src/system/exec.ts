import type { ChildProcess, SpawnOptions } from 'node:child_process';

export type Argv = readonly [string, ...string[]];

/** How a command ended. Decisions use the exit code; the texts are only shown. */
export type ExecResult =
  | { kind: 'exited'; code: number; stdout: string; stderr: string; bytes: Uint8Array }
  | { kind: 'signalled'; signal: string; stdout: string; stderr: string }
  | { kind: 'missing'; command: string }
  /** A policy or a virus scanner does not let this user start it (N19). `code` is EPERM or UNKNOWN. */
  | { kind: 'blocked'; command: string; code: string; stdout: ''; stderr: string }
  | { kind: 'timeout'; afterMs: number; stdout: string; stderr: string };

export interface ExecOptions {
  /** Variables to set in the environment of the command, or to remove with `undefined`. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Default: 15 s, because service managers may hang (W19). */
  timeoutMs?: number;
  input?: string | Uint8Array;
  cwd?: string;
}

/** The only place that starts processes. Commands are argv arrays and found through PATH. There is no shell. */
export interface Exec {
  run(argv: Argv, options?: ExecOptions): Promise<ExecResult>;
  /** Starts a long-running child. The caller listens to it and stops it. */
  spawn(argv: Argv, options: SpawnOptions): ChildProcess;
}

/** Loaded on demand: `status` starts no processes, and loading this module takes longer than asking the daemon. */
const childProcess = () => process.getBuiltinModule('node:child_process');

export const defaultTimeoutMs = 15_000;

/**
 * Windows looks for a bare name in the current directory before the PATH, so a schtasks.exe in a checkout would be run
 * instead of the real one. This variable forbids that to libuv and execa, which read it from our environment, and to
 * child processes, which inherit it.
 */
function searchPathOnly(): void {
  if (process.platform === 'win32') process.env.NoDefaultCurrentDirectoryInExePath = '1';
}

/**
 * Commands are given absolute paths only. From a working directory that this user may not search, no command can be
 * started: exec fails with EACCES, as for a missing one (N28).
 */
const anywhere = process.platform === 'win32' ? undefined : '/';

async function run(argv: Argv, options: ExecOptions = {}): Promise<ExecResult> {
  // Loaded here, because the fast path of `status` starts no processes.
  const { execa } = await import('execa');
  searchPathOnly();
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const cwd = options.cwd ?? anywhere;
  const [command, ...args] = argv;
  const result = await execa(command, args, {
    reject: false,
    encoding: 'buffer',
    stripFinalNewline: false,
    windowsHide: true,
    timeout: timeoutMs,
    forceKillAfterDelay: 1000,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(options.env === undefined ? {} : { env: options.env as Record<string, string> }),
  });
  const bytes = result.stdout ?? new Uint8Array();
  const stdout = Buffer.from(bytes).toString('utf8');
  const stderr = Buffer.from(result.stderr ?? []).toString('utf8');
  if (result.timedOut) return { kind: 'timeout', afterMs: timeoutMs, stdout, stderr };
  if (result.exitCode !== undefined) return { kind: 'exited', code: result.exitCode, stdout, stderr, bytes };
  if (result.signal !== undefined) return { kind: 'signalled', signal: result.signal, stdout, stderr };
  // If this user may not search a directory of the PATH, "not found" becomes EACCES. execvp(3)
  if (result.code === 'ENOENT' || result.code === 'EACCES') return { kind: 'missing', command };
  if (result.code === 'EPERM' || result.code === 'UNKNOWN')
    return {
      kind: 'blocked',
      command,
      code: result.code,
      stdout: '',
      stderr: `${command}: ${result.code}\n`,
    };
  throw result.cause ?? result;
}

export const systemExec: Exec = {
  run,
  spawn(argv, options) {
    searchPathOnly();
    return childProcess().spawn(argv[0], argv.slice(1), { windowsHide: true, ...options, shell: false });
  },
};

/** Runs a short command synchronously and returns its output; `undefined` if it is missing, fails or hangs. */
export function outputOf([command, ...args]: Argv, env: NodeJS.ProcessEnv): string | undefined {
  searchPathOnly();
  const options = { env, encoding: 'utf8', timeout: 2000, windowsHide: true, stdio: 'pipe' } as const;
  const { status, stdout } = childProcess().spawnSync(command, args, options);
  return status === 0 ? stdout : undefined;
}
