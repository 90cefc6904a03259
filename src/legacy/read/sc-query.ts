/** What the service manager says of a service. */
export type ServiceState =
  | { kind: 'absent' }
  | { kind: 'stopped' }
  /** Starting, running or stopping: there is a process. */
  | { kind: 'running'; pid: number }
  | { kind: 'unknown' };

/** Exit codes of sc.exe: Win32 errors. Wine keeps only the low byte. */
export const scCodes = {
  ok: 0,
  denied: 5,
  exists: 1073,
  absent: 1060,
  notRunning: 1062,
  marked: 1072,
} as const;

/**
 * Reads `sc queryex NAME`. Labels are localised and numbers are not: TYPE, STATE (1 is stopped), the exit codes,
 * checkpoint, wait hint and PID follow one another.
 */
export function readScQuery(code: number, output: string): ServiceState {
  if (code === scCodes.absent) return { kind: 'absent' };
  if (code !== scCodes.ok) return { kind: 'unknown' };
  const numbers = output.split(/\r?\n/).flatMap((line) => {
    const value = /^\s+\S[^:]*:\s*(0x[0-9a-fA-F]+|\d+)\b/.exec(line)?.[1];
    return value === undefined ? [] : [Number(value)];
  });
  const state = numbers[1];
  if (state === undefined) return { kind: 'unknown' };
  return state === 1 ? { kind: 'stopped' } : { kind: 'running', pid: numbers[6] ?? 0 };
}
