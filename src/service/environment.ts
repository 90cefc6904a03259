import { delimiter } from 'node:path';
import { equals, isObject, isString, parseState, type StateText } from './state-text.ts';

export type Environment = Readonly<Record<string, string>>;
type Loose = Readonly<Record<string, string | undefined>>;

/**
 * The variables that a service keeps from the shell that installs it, because launchd, systemd and Task Scheduler
 * would not set them: search path, language, proxies and certificates (M06, M16). Nothing else is kept: shells hold
 * secrets.
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

/** Variables that a login or the service manager gives to every process, and that programs rely on. */
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

/**
 * Drops directories that a package runner adds only while it runs, and relative ones, which a service cannot resolve.
 */
function lastingPath(path: string): string {
  const isLasting = (directory: string) =>
    /^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(directory) &&
    !/[\\/]node_modules[\\/]\.bin[\\/]?$|[\\/]_npx[\\/]|[\\/]node-gyp-bin[\\/]?$/.test(directory);
  return [...new Set(path.split(delimiter))].filter(isLasting).join(delimiter);
}

/** The variables to keep from the shell that runs the install, and those that the daemon needs in addition (pure). */
export function captureEnvironment(env: Loose, needed: readonly string[] = []): Environment {
  const all = Object.entries(pick(env, [...captured, ...needed], capturedPatterns));
  return Object.fromEntries(
    all.map(([name, value]) => [name, name.toUpperCase() === 'PATH' ? lastingPath(value) : value]),
  );
}

/**
 * Variables for supervisors and hosts, but not for the daemons they run. glibc gives each of the idle threads of Node
 * its own memory arena, which wastes 0.4 MB. Units carry no environment, because everybody can read them (X01).
 * mallopt(3)
 */
export const leanEnvironment: Environment = { MALLOC_ARENA_MAX: '1' };

/**
 * The environment of a detached process (pure): what a fresh login would set, what `captureEnvironment` keeps, and our
 * own settings. Secrets of the shell and NODE_OPTIONS are left out (X01).
 */
export function detachedEnvironment(env: Loose): Environment {
  return pick(env, [...given, ...captured], [...givenPatterns, ...capturedPatterns, /^MEMORYD_/]);
}

/**
 * The complete environment of an external daemon (pure): the host's environment, then the variables captured at
 * install, then `own`; later ones take precedence. On Windows, names are compared without case, and the later spelling
 * is kept.
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

/** The value as it may be shown: user and password of a proxy are hidden. */
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

/** The text of that file. It is sorted, so that an unchanged environment gives an unchanged file. */
export function environmentText(variables: Environment): string {
  const sorted = Object.fromEntries(Object.entries(variables).sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify({ schema: 1, variables: sorted }, null, 2)}\n`;
}
