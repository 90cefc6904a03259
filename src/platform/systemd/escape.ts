import { isIP } from 'node:net';
import { MemorydError } from '../../errors.ts';

/**
 * MAX_ARG_STRLEN of Linux minus the NUL, PATH_MAX minus the NUL, and NAME_MAX. Above these, exec fails or systemd
 * refuses the unit.
 */
const longest = { argument: 131_071, path: 4095, component: 255 };

function refuse(what: string, why: string, value: string): never {
  const shown = value.length > 80 ? `${value.slice(0, 80)}…` : value;
  throw new MemorydError(
    'configuration',
    `systemd cannot take this ${what}: ${why}: ${JSON.stringify(shown)}`,
  );
}

/** Unit files are UTF-8 without NUL, so a NUL or half a surrogate pair cannot be written. */
function checkText(what: string, value: string): void {
  if (value.includes('\0')) refuse(what, 'it holds a NUL', value);
  if (!value.isWellFormed()) refuse(what, 'it is not valid Unicode', value);
}

function checkPath(value: string): void {
  checkText('path', value);
  if (!value.startsWith('/')) refuse('path', 'it is not absolute', value);
  if (Buffer.byteLength(value) > longest.path) refuse('path', 'it is too long', value);
  if (value.split('/').some((name) => Buffer.byteLength(name) > longest.component)) {
    refuse('path', 'a name in it is too long', value);
  }
}

const percent = (value: string): string => value.replaceAll('%', '%%');

const spelled: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '%': '%%',
  $: '$$',
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
};

const hex = (character: string): string =>
  [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');

/** systemd drops a line that contains one of Unicode's 66 noncharacters: "not UTF-8 clean". */
const noncharacter = /\p{Noncharacter_Code_Point}/u;

/** One argument of ExecStart=: `%` and `$` doubled against expansion, C escapes inside double quotes. systemd.service(5), COMMAND LINES */
export function argument(value: string): string {
  checkText('argument', value);
  if (Buffer.byteLength(value) > longest.argument) refuse('argument', 'it is too long', value);
  const special = /[\\"%$\x01-\x1f\x7f]|\p{Noncharacter_Code_Point}/gu;
  return `"${value.replace(special, (found) => spelled[found] ?? hex(found))}"`;
}

/**
 * The program of ExecStart=, which supports neither `$` nor escapes. A path with a quote, a backslash or a control
 * character makes the unit unusable, so env(1) starts such programs. env reads an argument with `=` as a variable.
 */
export function executable(path: string): string {
  checkPath(path);
  if (path.endsWith('/')) refuse('program', 'it is a directory', path);
  if (!/['"\\\x01-\x1f\x7f]/.test(path) && !noncharacter.test(path)) return `"${percent(path)}"`;
  if (path.includes('='))
    refuse('program', 'it holds a quote, backslash or control character and a "="', path);
  return `/usr/bin/env ${argument(path)}`;
}

/** Refuses what a line without escapes cannot contain. systemd also ends lines at CR. */
function checkLine(what: string, value: string): void {
  if (/[\n\r]/.test(value)) refuse(what, 'it holds a line break', value);
  if (noncharacter.test(value)) refuse(what, 'it holds a Unicode noncharacter', value);
}

/**
 * The rest of a line, unchanged: quotes and escapes are not supported there, spaces at both ends are stripped, and a
 * final backslash joins the next line.
 */
function bare(what: string, value: string): string {
  checkLine(what, value);
  if (value.endsWith('\\')) refuse(what, 'it ends in a backslash', value);
  if (value !== value.replace(/^[ \t]+|[ \t]+$/g, '')) refuse(what, 'it begins or ends with a space', value);
  return percent(value);
}

/** WorkingDirectory=. */
export function directory(path: string): string {
  checkPath(path);
  return bare('path', path);
}

/**
 * One path of a list such as ReadWritePaths=, where a backslash only quotes. A leading `-` means that the path may be
 * missing.
 */
export function listedPath(path: string): string {
  checkPath(path);
  checkLine('path', path);
  return `"-${percent(path).replace(/[\\"]/g, '\\$&')}"`;
}

/** Description=: prose, so that white space may be folded. */
export function prose(value: string): string {
  checkText('description', value);
  return bare('description', value.replace(/[\s\x01-\x1f\x7f]+/g, ' ').trim());
}

/** ListenStream= for an address; systemd refuses port 0. */
export function listenStream({ host, port }: { host: string; port: number }): string {
  const family = isIP(host);
  if (family === 0) refuse('address', 'it is not an IP address', host);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    refuse('port', 'it is not 1 to 65535', String(port));
  return family === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * A time span. In definitions of memoryd, and in some settings of systemd, zero means to wait forever, so it is
 * written as infinity.
 */
export function seconds(value: number): string {
  return value === 0 ? 'infinity' : `${value}s`;
}
