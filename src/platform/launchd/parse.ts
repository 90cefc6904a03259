import type { LastExit } from '../../service/unit.ts';
import { signalNames } from './signals.ts';

/** What `launchctl print <domain>/<label>` reports about a job, as far as memoryd uses it. */
export interface PrintedJob {
  state: string;
  pid?: number;
  /** How often it was started since it was loaded. */
  runs?: number;
  lastExit?: LastExit;
  /** launchd could not start the program. Then it may print a reason in place of the last exit (N12). */
  spawnFailed: boolean;
  exitReason?: string;
  /** Loaded in a domain that does not start jobs yet, as in an early login. */
  pended: boolean;
  exitTimeoutSecs?: number;
  /** The plist it was loaded from. */
  path?: string;
  /** The variables that its definition sets; absent if launchd did not print them. */
  environment?: ReadonlyMap<string, string>;
}

export type ParsedPrint = { kind: 'job'; job: PrintedJob } | { kind: 'unreadable'; reason: string };

interface Lines {
  /**
   * `key = value` lines with exactly one leading tab. Nested blocks repeat the keys (`state = active`), so the depth
   * matters (M15).
   */
  values: Map<string, string[]>;
  /** The lines of `environment = { … }`. */
  environment: string[] | undefined;
}

function readLines(lines: readonly string[]): Lines {
  const values = new Map<string, string[]>();
  let environment: string[] | undefined;
  let block: string[] | undefined;
  for (const line of lines) {
    const [, key = '', value = ''] = /^\t([^\t=][^=]*?) = (.*)$/.exec(line) ?? [];
    if (key !== '') {
      values.set(key, [...(values.get(key) ?? []), value]);
      block = key === 'environment' && value === '{' ? [] : undefined;
      environment ??= block;
    } else if (line.startsWith('\t\t')) block?.push(line);
  }
  return { values, environment };
}

function readEnvironment(lines: readonly string[]): Map<string, string> {
  const pairs = lines.flatMap((line) => {
    const [, key, value] = /^\t\t([^\t]+?) => (.*)$/.exec(line) ?? [];
    return key === undefined || value === undefined ? [] : [[key, value] as const];
  });
  return new Map(pairs);
}

/**
 * After a signal, launchd prints another key instead of the code. Without reading it, a crash looks like a clean exit
 * (M15).
 */
function readLastExit(code: string | undefined, signal: string | undefined): LastExit | undefined {
  const number = /: (\d+)$/.exec(signal ?? '')?.[1];
  if (number !== undefined)
    return { kind: 'signal', signal: signalNames[Number(number)] ?? `signal ${number}` };
  const [, digits, meaning] = /^(\d+)(?:: (.+))?$/.exec(code ?? '') ?? [];
  if (digits === undefined) return undefined;
  return { kind: 'code', code: Number(digits), ...(meaning === undefined ? {} : { meaning }) };
}

const integer = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;

const unreadable = (reason: string): ParsedPrint => ({ kind: 'unreadable', reason });

/**
 * Parses what `launchctl print` printed for one job. The format is not an API: output that is incomplete,
 * contradictory or without a state is unreadable, never guessed.
 */
export function parsePrint(output: string): ParsedPrint {
  const lines = output.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (!/^\S.* = \{$/.test(lines.shift() ?? '')) return unreadable('not the description of a job');
  if (lines.pop() !== '}') return unreadable('the description of the job is cut off');
  if (lines.some((line) => line !== '' && !line.startsWith('\t')))
    return unreadable('not one description of a job');
  const { values, environment } = readLines(lines);
  const seen = (key: string): string | undefined => values.get(key)?.[0];
  const read = [
    'state',
    'pid',
    'runs',
    'last exit code',
    'last terminating signal',
    'last exit reason',
    'job state',
    'exit timeout',
    'environment',
  ];
  const twice = read.find((key) => (values.get(key)?.length ?? 0) > 1);
  if (twice !== undefined) return unreadable(`two lines for ${twice}`);
  const state = seen('state');
  if (state === undefined) return unreadable('the description of the job has no state');
  const optional = {
    pid: integer(seen('pid')),
    runs: integer(seen('runs')),
    lastExit: readLastExit(seen('last exit code'), seen('last terminating signal')),
    exitReason: seen('last exit reason'),
    exitTimeoutSecs: integer(seen('exit timeout')),
    path: seen('path'),
    environment: environment === undefined ? undefined : readEnvironment(environment),
  };
  const known = Object.entries(optional).filter(([, value]) => value !== undefined);
  return {
    kind: 'job',
    job: {
      state,
      pended: values.has('pended nondemand spawn'),
      spawnFailed: seen('job state') === 'spawn failed',
      ...Object.fromEntries(known),
    },
  };
}
