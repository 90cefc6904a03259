import { shellWord } from '../service/shell-line.ts';
import type { Argv } from '../system/exec.ts';

/* Lines that every script for root shares. */

/** Gives an argv as a line of sh(1). */
export const line = (argv: readonly string[]): string => argv.map(shellWord).join(' ');
/** Gives a comment of one line in printable ASCII, whatever the text holds. */
export const comment = (text: string): string => `# ${text.replace(/[^\x20-\x7e]+/g, ' ')}`;
/** Indents lines by two spaces, except empty ones. */
export const indented = (lines: readonly string[]): string[] =>
  lines.map((one) => (one === '' ? '' : `  ${one}`));

/** Gives lines that end the script when a check prints anything. */
export const checkLines = (checks: readonly Argv[]): string[] =>
  checks.map((argv) => `root_only "$(${line(argv)})"`);

/** The environment of root's commands: system programs only, file names as bytes, new files readable by root only. */
export const beginning = [
  'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
  'LC_ALL=C',
  'export PATH LC_ALL',
  'unset TAR_OPTIONS TMPDIR CDPATH || :',
  'umask 077',
];

/** Stops unless root alone can change the script, because its content is run as root. */
export const ownCheck = [
  'if [ "$(id -u)" -ne 0 ]; then echo \'memoryd: run this as root\' >&2; exit 77; fi',
  `if [ -f "$0" ] && [ -n "$(find -P "$0" "$(dirname -- "$0")" -maxdepth 0 '(' ! -user 0 -o -perm -020 -o -perm -002 ')' -print)" ]; then`,
  `  echo 'memoryd: others than root can change this script: copy it to where only root writes, and read it there' >&2`,
  '  exit 77',
  'fi',
  'cd /',
];

/** A function that ends the script when its argument is not empty. */
export const rootOnly = [
  'root_only() {',
  '  [ -n "$1" ] || return 0',
  `  echo 'memoryd: nothing is read as root where others than root can change:' >&2`,
  `  printf '%s\\n' "$1" >&2`,
  '  exit 1',
  '}',
];
