import { delimiter } from 'node:path';
import { equals, isObject, isString, parseState, type StateText } from './state-text.ts';

export type Environment = Readonly<Record<string, string>>;
type Loose = Readonly<Record<string, string | undefined>>;

/**
 * What a service takes along of the shell it is installed from, because neither launchd nor systemd nor Task Scheduler
 * would give it: where programs are, the language, the way out to the network (M06, M16). Nothing else: shells hold secrets.
 */
const captured = [
  'PATH',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
];
const capturedPatterns = [/^LC_[A-Z]+$/, /^(https?|no|all|ftp)_proxy$/i];

/** What a login or the service manager gives every process, and programs count on. */
const given = [
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'DBUS_SESSION_BUS_ADDRESS',
  '__CF_USER_TEXT_ENCODING',
  'SYSTEMROOT',
  'SYSTEMDRIVE',
  'WINDIR',
  'COMSPEC',
  'PATHEXT',
  'TEMP',
  'TMP',
  'USERPROFILE',
  'USERNAME',
  'USERDOMAIN',
  'COMPUTERNAME',
  'HOMEDRIVE',
  'HOMEPATH',
  'APPDATA',
  'LOCALAPPDATA',
  'PROGRAMDATA',
  'PROGRAMFILES',
  'PROGRAMFILES(X86)',
  'PROGRAMW6432',
  'COMMONPROGRAMFILES',
  'ALLUSERSPROFILE',
  'PUBLIC',
  'OS',
  'NUMBER_OF_PROCESSORS',
  'PROCESSOR_ARCHITECTURE',
];
const givenPatterns = [/^XDG_[A-Z_]+$/];

function pick(env: Loose, names: readonly string[], patterns: readonly RegExp[]): Record<string, string> {
  const isWanted = (name: string) =>
    names.includes(name.toUpperCase()) || patterns.some((pattern) => pattern.test(name));
  const all = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(all.filter(([name]) => isWanted(name)));
}

/** Directories that a package runner puts in front for as long as it runs are gone afterwards, and relative ones mean nothing to a service. */
function lastingPath(path: string): string {
  const isLasting = (directory: string) =>
    /^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(directory) &&
    !/[\\/]node_modules[\\/]\.bin[\\/]?$|[\\/]_npx[\\/]|[\\/]node-gyp-bin[\\/]?$/.test(directory);
  return [...new Set(path.split(delimiter))].filter(isLasting).join(delimiter);
}

/** What to keep of the installing shell's environment (pure). */
export function captureEnvironment(env: Loose): Environment {
  const all = Object.entries(pick(env, captured, capturedPatterns));
  return Object.fromEntries(
    all.map(([name, value]) => [name, name.toUpperCase() === 'PATH' ? lastingPath(value) : value]),
  );
}

/**
 * What supervisors and hosts run with, and what they host does not: glibc gives each of Node's idle threads memory of its
 * own to allocate from, 0.4 MB for nothing. Units have no environment, secrets being there where all can read them (X01).
 * mallopt(3)
 */
export const leanEnvironment: Environment = { MALLOC_ARENA_MAX: '1' };

/**
 * What a detached process takes along of the environment it was started from (pure): what a fresh login would give it,
 * what `captureEnvironment` keeps, and our own settings. The shell's secrets and NODE_OPTIONS stay behind (X01).
 */
export function detachedEnvironment(env: Loose): Environment {
  return pick(env, [...given, ...captured], [...givenPatterns, ...capturedPatterns, /^MEMORYD_/]);
}

/**
 * The whole environment of a foreign daemon (pure): what the host was given, what was captured at install over it, and
 * `own` over both. On Windows, where case does not matter, the later spelling wins.
 */
export function serviceEnvironment(
  host: Loose,
  kept: Environment,
  own: Environment,
  ignoreCase: boolean,
): Environment {
  const layers = [pick(host, [...given, ...captured], [...givenPatterns, ...capturedPatterns]), kept, own];
  const all = new Map<string, [string, string]>();
  for (const [name, value] of layers.flatMap((layer) => Object.entries(layer))) {
    all.set(ignoreCase ? name.toUpperCase() : name, [name, value]);
  }
  return Object.fromEntries(all.values());
}

/** The value as people may see it: a proxy's user and password are hidden. */
export function shownValue(name: string, value: string): string {
  return /_proxy$/i.test(name) ? value.replace(/^(\w+:\/\/)?[^@/]*@/, '$1***@') : value;
}

const isVariables = (value: unknown) => isObject(value) && Object.values(value as object).every(isString);

/** Reads the text of the file a capture is kept in (pure). */
export function parseEnvironment(text: string): StateText<Environment> {
  const shape = { schema: equals(1), variables: isVariables };
  const parsed = parseState<{ schema: 1; variables: Environment }>(text, shape);
  return parsed.kind === 'valid' ? { kind: 'valid', value: parsed.value.variables } : parsed;
}

/** The same, written: sorted, so that an unchanged environment is an unchanged file. */
export function environmentText(variables: Environment): string {
  const sorted = Object.fromEntries(Object.entries(variables).sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify({ schema: 1, variables: sorted }, null, 2)}\n`;
}
