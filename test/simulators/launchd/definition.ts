import { readFileSync, type Stats, statSync } from 'node:fs';
import { type PlistValue, readPlist } from './plist.ts';

/** What launchd takes from a plist when it is bootstrapped, and never looks up again. */
export interface Definition {
  path: string;
  label: string;
  argv: [string, ...string[]];
  workingDirectory: string | undefined;
  environment: [string, string][];
  sessionTypes: string[];
  runAtLoad: boolean;
  keepAlive: 'always' | 'on-failure' | 'never';
  throttleSecs: number;
  exitTimeoutSecs: number;
  interactive: boolean;
  openFiles: number | undefined;
  umask: number | undefined;
  stdout: string | undefined;
  stderr: string | undefined;
}

/** launchd's error, as root sees it. */
export interface Refusal {
  code: number;
  words: string;
}

const refuse = (code: number, words: string): Refusal => ({ code, words });

type Dict = ReadonlyMap<string, PlistValue>;

const asText = (value: PlistValue | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;
const asNumber = (value: PlistValue | undefined): number | undefined =>
  typeof value === 'number' ? value : undefined;
const asDict = (value: PlistValue | undefined): Dict => (value instanceof Map ? value : new Map());
const asTexts = (value: PlistValue | undefined): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

function keepAlive(value: PlistValue | undefined): Definition['keepAlive'] {
  if (value instanceof Map) return value.get('SuccessfulExit') === false ? 'on-failure' : 'never';
  return value === true ? 'always' : 'never';
}

function understand(path: string, plist: Dict): Definition | Refusal {
  const label = asText(plist.get('Label'));
  if (label === undefined) return refuse(110, 'Invalid or missing service identifier');
  const [first, ...rest] = asTexts(plist.get('ProgramArguments'));
  const program = asText(plist.get('Program')) ?? first;
  if (program === undefined) return refuse(111, 'Invalid or missing Program/ProgramArguments');
  const session = plist.get('LimitLoadToSessionType');
  const keep = keepAlive(plist.get('KeepAlive'));
  return {
    path,
    label,
    argv: [program, ...rest],
    workingDirectory: asText(plist.get('WorkingDirectory')),
    environment: [...asDict(plist.get('EnvironmentVariables'))].map(([key, value]) => [key, String(value)]),
    sessionTypes:
      session === undefined ? ['Aqua'] : typeof session === 'string' ? [session] : asTexts(session),
    runAtLoad: plist.get('RunAtLoad') === true || keep !== 'never',
    keepAlive: keep,
    throttleSecs: asNumber(plist.get('ThrottleInterval')) ?? 10,
    exitTimeoutSecs: asNumber(plist.get('ExitTimeOut')) ?? 5,
    interactive: plist.get('ProcessType') === 'Interactive',
    openFiles: asNumber(asDict(plist.get('SoftResourceLimits')).get('NumberOfFiles')),
    umask: asNumber(plist.get('Umask')),
    stdout: asText(plist.get('StandardOutPath')),
    stderr: asText(plist.get('StandardErrorPath')),
  };
}

function inspect(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

/** Reads the plist at `path` as launchd does for the user `uid`: owner and mode first, then the list, then what it says. */
export function readDefinition(path: string, uid: number): Definition | Refusal {
  const stats = inspect(path);
  if (stats === undefined) return refuse(2, 'No such file or directory');
  if (!stats.isFile() || stats.uid !== uid || (stats.mode & 0o022) !== 0) {
    return refuse(122, 'Path had bad ownership/permissions');
  }
  let plist: PlistValue;
  try {
    plist = readPlist(readFileSync(path, 'utf8'));
  } catch {
    return refuse(109, 'Invalid property list');
  }
  return plist instanceof Map ? understand(path, plist) : refuse(109, 'Invalid property list');
}

export const isRefusal = (value: Definition | Refusal): value is Refusal => 'code' in value;
