import { MemorydError } from '../../errors.ts';
import type { ExecResult } from '../../system/exec.ts';
import type { System } from '../../system/system.ts';
import { type ParsedPrint, parsePrint } from './parse.ts';

/**
 * The exit codes of launchctl that have a fixed meaning; unlike its messages, they do not depend on language or
 * version. Codes below 100 are errno values, codes from 100 are those of launchd.
 */
export const codes = {
  ok: 0,
  noSuchProcess: 3,
  /** Any refusal for a user who is not root: already loaded, still exiting, disabled, wrong mode, invalid plist. */
  refused: 5,
  alreadyLoaded: 17,
  stillGoing: 36,
  inProgress: 37,
  noDomain: 112,
  noService: 113,
  disabled: 119,
  /** The answer of a gui domain without a session, over SSH (M03). */
  wrongDomain: 125,
  wrongSession: 134,
} as const;

export interface LaunchctlResult {
  code: number;
  stdout: string;
  /** Its whole output, for people. */
  words: string;
}

/**
 * What a domain reports about a label. The exit codes are reliable: no service and no domain are different answers.
 */
export type Printed =
  | { kind: 'loaded'; print: ParsedPrint; words: string }
  | { kind: 'not-loaded' }
  | { kind: 'no-domain' }
  | { kind: 'refused'; code: number; words: string };

export interface Launchctl {
  /** Runs one command. Throws `no-manager` when there is no launchctl or it does not answer in time. */
  run(...args: string[]): Promise<LaunchctlResult>;
  print(domain: string, label: string): Promise<Printed>;
}

function answerOf(result: ExecResult): LaunchctlResult {
  if (result.kind === 'exited') {
    const { code, stdout, stderr } = result;
    return { code, stdout, words: `${stderr}${stdout}` };
  }
  if (result.kind === 'missing') throw new MemorydError('no-manager', 'launchctl is not on the PATH');
  if (result.kind === 'blocked')
    throw new MemorydError('no-manager', `launchctl may not be started (${result.code})`);
  const how =
    result.kind === 'timeout'
      ? `did not answer within ${Math.ceil(result.afterMs / 1000)} s`
      : `was killed by ${result.signal}`;
  throw new MemorydError('no-manager', `launchctl ${how}`, { words: `${result.stderr}${result.stdout}` });
}

/** launchctl, found through PATH. */
export function createLaunchctl({ exec }: Pick<System, 'exec'>, timeoutMs: number): Launchctl {
  const run = async (...args: string[]): Promise<LaunchctlResult> =>
    answerOf(await exec.run(['launchctl', ...args], { timeoutMs }));
  return {
    run,
    async print(domain, label) {
      const { code, stdout, words } = await run('print', `${domain}/${label}`);
      if (code === codes.ok) return { kind: 'loaded', print: parsePrint(stdout), words };
      if (code === codes.noService) return { kind: 'not-loaded' };
      if (code === codes.noDomain || code === codes.wrongDomain) return { kind: 'no-domain' };
      return { kind: 'refused', code, words };
    },
  };
}

/** The error for an unexpected answer: what was asked, the code and the output. */
export function refusal(asked: string, { code, words }: { code: number; words: string }): MemorydError {
  return new MemorydError('failed', `launchctl ${asked} failed (exit ${code})`, { words });
}
