import { MemorydError } from '../../errors.ts';
import type { ExecResult } from '../../system/exec.ts';
import type { System } from '../../system/system.ts';
import { hex, hresultOf, resultRunning, type SchtasksVerdict, verdictOf } from './codes.ts';
import { decodeOutput } from './decode.ts';
import { parseTaskRows } from './query-csv.ts';

/** The answer of schtasks. `words` is its output, which is localised and only for people. */
export interface SchtasksReply {
  verdict: SchtasksVerdict;
  /** HRESULT, unsigned. */
  code: number;
  output: string;
  words: string;
}

type SchtasksSystem = Pick<System, 'platform' | 'exec'>;

/** Every call has /hresult: without it, "absent" and "denied" are both exit code 1 (W07). */
export const schtasksArgv = {
  create: (task: string, file: string) => schtasks('/create', '/tn', task, '/xml', file, '/f'),
  run: (task: string) => schtasks('/run', '/tn', task),
  end: (task: string) => schtasks('/end', '/tn', task),
  delete: (task: string) => schtasks('/delete', '/tn', task, '/f'),
  queryXml: (task: string) => schtasks('/query', '/tn', task, '/xml'),
  queryRows: (task: string) => schtasks('/query', '/tn', task, '/fo', 'csv', '/v', '/nh'),
};

type SchtasksArgv = [string, ...string[]];

function schtasks(...args: string[]): SchtasksArgv {
  return ['schtasks', ...args, '/hresult'];
}

/** The result of a tool that ran. Throws if the tool is missing or did not answer in time (W19). */
export function finished(result: ExecResult, tool: string): Extract<ExecResult, { kind: 'exited' }> {
  switch (result.kind) {
    case 'exited':
      return result;
    case 'missing':
      throw new MemorydError('no-manager', `${tool} is not on this machine's PATH`, {
        hint: 'memoryd install --backend standalone',
      });
    case 'timeout':
      throw new MemorydError('no-manager', `${tool} did not answer within ${result.afterMs / 1000} s`, {
        hint: 'sc query schedule',
        words: result.stderr,
      });
    case 'signalled':
      throw new MemorydError('failed', `${tool} was ended by ${result.signal}`, { words: result.stderr });
  }
}

/** Runs schtasks and evaluates its exit code. Throws if it is missing or hangs. */
export async function callSchtasks(
  { platform, exec }: SchtasksSystem,
  argv: SchtasksArgv,
): Promise<SchtasksReply> {
  const result = finished(await exec.run(argv), 'schtasks');
  const code = hresultOf(result.code, platform);
  return {
    verdict: verdictOf(code),
    code,
    output: decodeOutput(result.bytes),
    words: result.stderr,
  };
}

const meanings: Readonly<Record<Exclude<SchtasksVerdict, 'ok'>, string>> = {
  absent: 'there is no such task',
  denied: 'access is denied',
  exists: 'the task already exists',
  rejected: 'it does not accept the task',
  disabled: 'the task is disabled',
  'not-running': 'the task is not running',
  unavailable: 'it is switched off or forbidden by a policy',
  failed: 'it failed',
};

/** The error for a refusal, with the output of the manager (X08). */
export function refusal(what: string, reply: SchtasksReply, hint?: string): MemorydError {
  const { verdict, code, words } = reply;
  const kind = verdict === 'denied' || verdict === 'unavailable' ? 'permission' : 'failed';
  const meaning = verdict === 'ok' ? 'its answer cannot be read' : meanings[verdict];
  return new MemorydError(kind, `task scheduler did not ${what}: ${meaning} (${hex(code)})`, {
    words,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Task Scheduler's state of the task's own process, which is conhost. */
export type TaskRunState =
  | { kind: 'running' }
  | { kind: 'idle'; lastResult: number }
  | { kind: 'absent' }
  | { kind: 'unknown'; reply: SchtasksReply };

export async function queryRunState(tools: SchtasksSystem, task: string): Promise<TaskRunState> {
  const reply = await callSchtasks(tools, schtasksArgv.queryRows(task));
  if (reply.verdict === 'absent') return { kind: 'absent' };
  const rows = parseTaskRows(reply.output, task);
  if (reply.verdict !== 'ok' || rows.kind === 'unknown') return { kind: 'unknown', reply };
  if (rows.lastResults.includes(resultRunning)) return { kind: 'running' };
  return { kind: 'idle', lastResult: rows.lastResults[0] };
}
