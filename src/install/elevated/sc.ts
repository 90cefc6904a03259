import { MemorydError } from '../../errors.ts';
import type { System } from '../../system/system.ts';
import { waitFor } from '../../system/wait.ts';

/** The state of a service in the service manager. */
export type WindowsServiceState =
  | { kind: 'absent' }
  | { kind: 'stopped' }
  /** Starting, running or stopping: it has a process. */
  | { kind: 'running'; pid: number }
  | { kind: 'unknown' };

/** Exit codes of sc.exe, which are Win32 errors. */
export const scCodes = { denied: 5, running: 1056, absent: 1060, notRunning: 1062, marked: 1072 } as const;

/**
 * Whether an exit code is one of `codes`. Other systems keep only the low byte of an exit code, and tests run stand-ins
 * there.
 */
export function isCode(platform: NodeJS.Platform, code: number, codes: readonly number[]): boolean {
  return codes.some((known) => code === known || (platform !== 'win32' && code === (known & 0xff)));
}

/**
 * Reads the output of `sc queryex NAME`. Labels are localised, so only the numbers are used, by their order: TYPE,
 * STATE (1 is stopped), the exit codes, checkpoint, wait hint and PID.
 */
export function readScQuery(output: string): WindowsServiceState {
  const numbers = output.split(/\r?\n/).flatMap((line) => {
    const value = /^\s+\S[^:]*:\s*(0x[0-9a-fA-F]+|\d+)\b/.exec(line)?.[1];
    return value === undefined ? [] : [Number(value)];
  });
  const state = numbers[1];
  if (state === undefined) return { kind: 'unknown' };
  return state === 1 ? { kind: 'stopped' } : { kind: 'running', pid: numbers[6] ?? 0 };
}

type ScSystem = Pick<System, 'exec' | 'platform'>;

/** Asks the service manager for the state of a service. Every account may ask. */
export async function serviceState({ exec, platform }: ScSystem, name: string): Promise<WindowsServiceState> {
  const result = await exec.run(['sc.exe', 'queryex', name]);
  if (result.kind !== 'exited') return { kind: 'unknown' };
  if (isCode(platform, result.code, [scCodes.absent])) return { kind: 'absent' };
  return result.code === 0 ? readScQuery(result.stdout) : { kind: 'unknown' };
}

/**
 * Runs sc.exe. Throws `permission` when access is denied, `failed` with its output for any other exit code not in
 * `accept`.
 */
async function runSc(
  { exec, platform }: ScSystem,
  args: [string, ...string[]],
  accept: number[],
): Promise<void> {
  const result = await exec.run(['sc.exe', ...args], { timeoutMs: 60_000 });
  if (result.kind === 'exited' && (result.code === 0 || isCode(platform, result.code, accept))) return;
  const code = result.kind === 'exited' ? result.code : undefined;
  const denied = code !== undefined && isCode(platform, code, [scCodes.denied]);
  const words = result.kind === 'exited' ? result.stderr || result.stdout : result.kind;
  throw new MemorydError(
    denied ? 'permission' : 'failed',
    `sc ${args.join(' ')} failed (${code ?? result.kind})`,
    {
      words,
    },
  );
}

/** Stops a service and resolves when its process has exited. Throws `failed` when it still runs after `patienceMs`. */
export async function stopService(system: ScSystem, name: string, patienceMs: number): Promise<void> {
  await runSc(system, ['stop', name], [scCodes.notRunning]);
  const gone = async () => {
    const { kind } = await serviceState(system, name);
    return kind === 'stopped' || kind === 'absent';
  };
  if (await waitFor(gone, patienceMs, 200)) return;
  throw new MemorydError('failed', `the service ${name} did not stop`, { hint: `sc queryex ${name}` });
}

/** Starts a service. Does nothing when it is running. Throws as runSc does. */
export async function startService(system: ScSystem, name: string): Promise<void> {
  await runSc(system, ['start', name], [scCodes.running]);
}

/**
 * Deletes a service. `marked for deletion` counts as deleted: Windows gives it while another program has the service
 * open.
 */
export async function deleteService(system: ScSystem, name: string): Promise<void> {
  await runSc(system, ['delete', name], [scCodes.absent, scCodes.marked]);
}

/** Disables the automatic start of a service. Does nothing when there is no such service. Throws as runSc does. */
export async function disableService(system: ScSystem, name: string): Promise<void> {
  await runSc(system, ['config', name, 'start=', 'disabled'], [scCodes.absent]);
}
