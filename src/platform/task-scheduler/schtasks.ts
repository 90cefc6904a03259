import { MemorydError } from '../../errors.ts';
import type { ExecResult } from '../../system/exec.ts';
import type { System } from '../../system/system.ts';
import { blockedByPolicy, hex, hresultOf, resultRunning, type SchtasksVerdict, verdictOf } from './codes.ts';
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
    case 'blocked':
      throw new MemorydError('permission', `a policy or a virus scanner blocks ${tool} (${result.code})`);
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
  const ran = await exec.run(argv);
  if (ran.kind === 'blocked')
    return { verdict: 'unavailable', code: blockedByPolicy, output: '', words: ran.code };
  const result = finished(ran, 'schtasks');
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
  unavailable: 'it is switched off, or blocked by a policy or a virus scanner',
  failed: 'it failed',
};

/** The command that deletes a task. Whoever made it can run it: for a task of an elevated prompt, another one. */
export const deletion = (task: string): string => `schtasks /delete /tn "${task}" /f`;

/** The command that enables a task. */
export const enabling = (task: string): string => `schtasks /change /tn "${task}" /enable`;

/** The error for a task that was made by another user or from an elevated prompt, and is closed to this one. */
export function closedToUs(what: string, task: string, reply: SchtasksReply): MemorydError {
  const why = `${task} was made by an elevated prompt or another user, and only they can delete it`;
  return new MemorydError('permission', `task scheduler did not ${what}: ${meaningOf(reply)}; ${why}`, {
    words: reply.words,
    hint: deletion(task),
  });
}

/** Why a task cannot be used, for people. */
export function meaningOf({ verdict, code }: SchtasksReply): string {
  return `${verdict === 'ok' ? 'its answer cannot be read' : meanings[verdict]} (${hex(code)})`;
}

/** The error for a refusal, with the output of the manager (X08). */
export function refusal(what: string, reply: SchtasksReply, hint?: string): MemorydError {
  const { verdict, words } = reply;
  const kind = verdict === 'denied' || verdict === 'unavailable' ? 'permission' : 'failed';
  return new MemorydError(kind, `task scheduler did not ${what}: ${meaningOf(reply)}`, {
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
