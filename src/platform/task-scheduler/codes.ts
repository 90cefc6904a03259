/** The meaning of a schtasks exit code with /HRESULT. The messages are localised and are never used (W06, W07). */
export type SchtasksVerdict =
  | 'ok'
  | 'absent'
  | 'denied'
  | 'exists'
  /** The task file violates the schema, or its encoding is not supported. */
  | 'rejected'
  | 'disabled'
  | 'not-running'
  /** Task Scheduler itself is off, or a policy or virus scanner forbids it. */
  | 'unavailable'
  | 'failed';

const verdicts: ReadonlyMap<number, SchtasksVerdict> = new Map([
  [0x00000000, 'ok'],
  [0x80070002, 'absent'],
  [0x80070003, 'absent'],
  [0x80070005, 'denied'],
  [0x800700b7, 'exists'],
  [0x80041316, 'rejected'], // unexpected node
  [0x80041317, 'rejected'], // namespace
  [0x80041318, 'rejected'], // value out of range
  [0x80041319, 'rejected'], // missing node
  [0x8004131a, 'rejected'], // malformed XML, wrong encoding
  [0x80070534, 'rejected'], // the UserId names no account
  [0x80041326, 'disabled'],
  [0x8004130b, 'not-running'],
  [0x80041315, 'unavailable'], // the service is not running
  [0x80041322, 'unavailable'], // the service is not available
  [0x80070422, 'unavailable'], // the service is disabled
  [0x800704ec, 'unavailable'], // group policy
  [0x800706ab, 'unavailable'], // RPC: the service cannot be reached
  [0x800706ba, 'unavailable'], // RPC: the server is unavailable
]);

/**
 * The complete, unsigned HRESULT of an exit code. Node returns Windows codes signed or unsigned. Other systems keep
 * only eight bits; these differ for every code we know, so simulators can run there.
 */
export function hresultOf(code: number, platform: NodeJS.Platform): number {
  if (platform === 'win32') return code >>> 0;
  const whole = [...verdicts.keys()].find((known) => (known & 0xff) === code);
  return whole ?? code >>> 0;
}

/** The meaning of a complete HRESULT. */
export function verdictOf(hresult: number): SchtasksVerdict {
  return verdicts.get(hresult) ?? 'failed';
}

/** `Last Result` while the task runs. SCHED_S_TASK_RUNNING */
export const resultRunning = 267_009;

const results: ReadonlyMap<number, string> = new Map([
  [0, 'ended'],
  [267_008, 'ready'],
  [resultRunning, 'running'],
  [267_010, 'disabled'],
  [267_011, 'has never run'],
  [267_014, 'ended by task scheduler'],
  [0x8004131f, 'was already running'],
  [0x80041320, 'the user is not logged on'],
  [0xc000013a, 'its console was closed'],
  [0x40010004, 'killed at log-off'],
  [0x80070002, 'its program is missing'],
]);

/** SCHED_E_TASK_DISABLED */
export const taskDisabled = 0x80041326;

/** What stands for an HRESULT if schtasks itself could not be started. ERROR_ACCESS_DISABLED_BY_POLICY */
export const blockedByPolicy = 0x800704ec;

/** The number in hexadecimal, as Windows documents it. */
export function hex(code: number): string {
  return `0x${(code >>> 0).toString(16).toUpperCase().padStart(8, '0')}`;
}

/** `Last Result` for people: the number, and its meaning if known. */
export function describeResult(result: number): string {
  const meaning = results.get(result >>> 0);
  return meaning === undefined ? hex(result) : `${meaning} (${hex(result)})`;
}
