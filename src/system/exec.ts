import type { ChildProcess, SpawnOptions } from 'node:child_process';

export type Argv = readonly [string, ...string[]];

/** How a command ended. The exit code decides; the texts are only ever shown. */
export type ExecResult =
  | { kind: 'exited'; code: number; stdout: string; stderr: string; bytes: Uint8Array }
  | { kind: 'signalled'; signal: string; stdout: string; stderr: string }
  | { kind: 'missing'; command: string }
  | { kind: 'timeout'; afterMs: number; stdout: string; stderr: string };

export interface ExecOptions {
  /** Added to (or, with `undefined`, removed from) this process's environment. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Default 15 s: managers hang (W19). */
  timeoutMs?: number;
  input?: string;
  cwd?: string;
}

/** The one place that spawns. Commands are argv arrays, found through PATH; there is no shell. */
export interface Exec {
  run(argv: Argv, options?: ExecOptions): Promise<ExecResult>;
  /** A child that stays; its owner listens to it and stops it. */
  spawn(argv: Argv, options: SpawnOptions): ChildProcess;
}

/** Not imported above: to load it costs `status`, which spawns nothing, more than to ask the daemon. */
const childProcess = () => process.getBuiltinModule('node:child_process');

export const defaultTimeoutMs = 15_000;

/**
 * Windows looks for a bare name in the current directory before the PATH: a schtasks.exe that lies in a checkout would
 * be run for the real one. This forbids it to libuv and execa, which read it from our own environment, and to what we
 * start, which inherits it.
 */
function searchPathOnly(): void {
  if (process.platform === 'win32') process.env.NoDefaultCurrentDirectoryInExePath = '1';
}

async function run(argv: Argv, options: ExecOptions = {}): Promise<ExecResult> {
  // Loaded here, because the fast path of `status` never spawns.
  const { execa } = await import('execa');
  searchPathOnly();
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const [command, ...args] = argv;
  const result = await execa(command, args, {
    reject: false,
    encoding: 'buffer',
    stripFinalNewline: false,
    windowsHide: true,
    timeout: timeoutMs,
    forceKillAfterDelay: 1000,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env as Record<string, string> }),
  });
  const bytes = result.stdout ?? new Uint8Array();
  const stdout = Buffer.from(bytes).toString('utf8');
  const stderr = Buffer.from(result.stderr ?? []).toString('utf8');
  if (result.timedOut) return { kind: 'timeout', afterMs: timeoutMs, stdout, stderr };
  if (result.exitCode !== undefined) return { kind: 'exited', code: result.exitCode, stdout, stderr, bytes };
  if (result.signal !== undefined) return { kind: 'signalled', signal: result.signal, stdout, stderr };
  // A PATH with a directory this user may not search turns "not found" into EACCES. execvp(3)
  if (result.code === 'ENOENT' || result.code === 'EACCES') return { kind: 'missing', command };
  throw result.cause ?? result;
}

export const systemExec: Exec = {
  run,
  spawn(argv, options) {
    searchPathOnly();
    return childProcess().spawn(argv[0], argv.slice(1), { windowsHide: true, ...options, shell: false });
  },
};

/** What a quick command prints, waited for in place; `undefined` when it is missing, fails or hangs. */
export function outputOf([command, ...args]: Argv, env: NodeJS.ProcessEnv): string | undefined {
  searchPathOnly();
  const options = { env, encoding: 'utf8', timeout: 2000, windowsHide: true, stdio: 'pipe' } as const;
  const { status, stdout } = childProcess().spawnSync(command, args, options);
  return status === 0 ? stdout : undefined;
}
