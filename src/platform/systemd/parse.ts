import { constants } from 'node:os';
import type { Enablement, LastExit, ProcessState } from '../../service/unit.ts';
import { meaningOf } from './meanings.ts';

/** The properties to show for both units. `show` exits with 0 for units that do not exist, in every version (L15). */
export const shownProperties = [
  'Id',
  'LoadState',
  'ActiveState',
  'SubState',
  'Result',
  'MainPID',
  'ExecMainCode',
  'ExecMainStatus',
  'NRestarts',
  'FragmentPath',
  'UnitFileState',
  'NeedDaemonReload',
  'DropInPaths',
  'Listen',
] as const;

/** One unit's `Key=value` lines. */
export type Properties = ReadonlyMap<string, string>;

/** The blocks that `systemctl show A B` prints, one per unit, in any order of keys. */
export function parseShow(output: string): Properties[] {
  return output
    .split(/\n\s*\n/)
    .filter((block) => block.trim() !== '')
    .map((block) => {
      const pairs = block.split('\n').map((line) => /^([A-Za-z]+)=(.*)$/.exec(line));
      return new Map(pairs.flatMap((pair) => (pair ? [[pair[1] ?? '', pair[2] ?? ''] as const] : [])));
    });
}

/** The state of one unit. */
export interface ShownUnit {
  load: 'loaded' | 'not-found' | 'masked' | 'broken';
  process: ProcessState;
  enabled: Enablement;
  needsReload: boolean;
  fragment: string;
  dropIns: string[];
  active: boolean;
  /** The `Result=` of the last run: `success`, `timeout`, `exit-code` … */
  result: string;
  /** For a socket unit: it waits for a connection that starts the service. */
  listening: boolean;
  restarts?: number;
  lastExit?: LastExit;
}

const wholeNumber = (value: string | undefined): number | undefined =>
  value !== undefined && /^\d{1,10}$/.test(value) ? Number(value) : undefined;

function signalName(number: number): string {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return found?.[0] ?? `signal ${number}`;
}

/** CLD_EXITED, CLD_KILLED, CLD_DUMPED of waitid(2); 0 while the process runs and before it ever ran. */
function lastExitOf(code: number, status: number): LastExit | undefined {
  if (code === 1) {
    const meaning = meaningOf(status);
    return { kind: 'code', code: status, ...(meaning === undefined ? {} : { meaning }) };
  }
  if (code === 2 || code === 3) return { kind: 'signal', signal: signalName(status) };
  return undefined;
}

/** How the process ended, for people. */
export function endingOf(exit: LastExit | undefined, result: string): string {
  if (exit === undefined) return result;
  if (exit.kind === 'signal') return `killed by ${exit.signal}`;
  return `exit ${exit.code}${exit.meaning === undefined ? '' : ` (${exit.meaning})`}`;
}

function processOf(unit: Properties, exit: LastExit | undefined): ProcessState {
  const active = unit.get('ActiveState') ?? '';
  const sub = unit.get('SubState') ?? '';
  const ending = endingOf(exit, unit.get('Result') ?? '');
  switch (active) {
    case 'active':
    case 'reloading': {
      const pid = wholeNumber(unit.get('MainPID'));
      return pid ? { kind: 'running', pid } : { kind: 'unknown', reason: `${active} without a process` };
    }
    case 'activating':
      return sub.startsWith('auto-restart') ? { kind: 'waiting', reason: ending } : { kind: 'starting' };
    case 'deactivating':
      return { kind: 'stopping' };
    case 'inactive':
      return { kind: 'stopped' };
    case 'failed':
      return { kind: 'failed', reason: ending };
    default:
      return { kind: 'unknown', reason: `systemd says ${JSON.stringify(active)}` };
  }
}

/**
 * `bad`: the file was removed or became invalid while loaded. `static`: there is no [Install] section, so nothing
 * starts the unit at login.
 */
function enablementOf(state: string | undefined): Enablement {
  switch (state) {
    case 'enabled':
    case 'enabled-runtime':
      return 'enabled';
    case 'masked':
    case 'masked-runtime':
      return 'masked';
    case 'disabled':
    case 'static':
    case 'indirect':
    case 'linked':
    case 'linked-runtime':
    case '':
      return 'disabled';
    default:
      return 'unknown';
  }
}

function loadOf(state: string): ShownUnit['load'] {
  if (state === 'loaded' || state === 'not-found' || state === 'masked') return state;
  return 'broken';
}

/**
 * Parses the block of one unit; `undefined` if it is incomplete or invalid. Lines are matched by key, never by
 * position or by a human-readable text.
 */
export function readUnit(unit: Properties): ShownUnit | undefined {
  const load = unit.get('LoadState');
  const reload = unit.get('NeedDaemonReload');
  const fragment = unit.get('FragmentPath');
  if (load === undefined || reload === undefined || fragment === undefined) return undefined;
  if (!unit.has('ActiveState') || !unit.has('SubState') || !unit.has('UnitFileState')) return undefined;
  const restarts = wholeNumber(unit.get('NRestarts'));
  const exit = lastExitOf(
    wholeNumber(unit.get('ExecMainCode')) ?? 0,
    wholeNumber(unit.get('ExecMainStatus')) ?? 0,
  );
  return {
    load: loadOf(load),
    process: processOf(unit, exit),
    enabled: load === 'masked' ? 'masked' : enablementOf(unit.get('UnitFileState')),
    needsReload: reload === 'yes',
    fragment,
    dropIns: unit.get('DropInPaths')?.split(' ').filter(Boolean) ?? [],
    active: unit.get('ActiveState') === 'active',
    result: unit.get('Result') ?? '',
    listening: unit.get('ActiveState') === 'active' && unit.get('SubState') === 'listening',
    ...(restarts === undefined ? {} : { restarts }),
    ...(exit === undefined ? {} : { lastExit: exit }),
  };
}

/** The port of a socket unit, from `Listen=127.0.0.1:8321 (Stream)`. */
export function listenPort(socket: Properties | undefined): number | undefined {
  const port = /:(\d+) \(Stream\)/.exec(socket?.get('Listen') ?? '')?.[1];
  return wholeNumber(port);
}
