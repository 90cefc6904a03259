import { dirname } from 'node:path';
import type { RootReader } from '../service/migration-step.ts';
import type { Argv } from '../system/exec.ts';

/*
 * Data that this user cannot read is read by system programs that run as the account that owns it. Such a reader cannot
 * read more than that account can, wherever links lead. See docs/decisions/0025-root-reads-as-the-account.md.
 */

type Command = [string, ...string[]];

/**
 * Gives the argv with which root runs `argv` as another account. A process that shares root's terminal could type into
 * it (TIOCSTI, ioctl_tty(2)), so `setsid` detaches it. macOS has no such command.
 */
export function asAccount(platform: NodeJS.Platform, account: string, argv: Argv): Command {
  if (account === 'root') return [...argv] as Command;
  if (platform === 'darwin') return ['sudo', '-u', account, '--', ...argv];
  return ['setsid', '--wait', 'runuser', '-u', account, '--', ...argv];
}

/** A directory and all directories above it, from the root. */
function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...ancestors(parent), path];
}

/** Expression for find(1): an entry that accounts other than root can change. */
const open = ['!', '-user', '0', '-o', '-perm', '-020', '-o', '-perm', '-002'];

const checkChain = (directory: string): Command => [
  ...(['find', '-P'] as const),
  ...ancestors(directory),
  ...['-maxdepth', '0', '(', '!', '-type', 'd', '-o', ...open, ')', '-print'],
];

/**
 * Commands that print nothing when only root can change `directory` and its content: each directory above and below
 * belongs to root and is not writable by others, none is a link, and no file is a hard link to another account's file.
 */
function treeChecks(directory: string): Command[] {
  return [
    checkChain(directory),
    [
      ...(['find', '-P', directory, '('] as const),
      ...['-type', 'd', '(', ...open, ')'],
      ...['-o', '-type', 'f', '-links', '+1', '!', '-user', '0'],
      ...[')', '-print'],
    ],
  ];
}

/**
 * Options of GNU tar and of the bsdtar on macOS: full precision of times and sizes, no access times, no AppleDouble
 * files.
 */
const tarOptions = {
  gnu: ['--format=posix', '--pax-option=delete=atime,delete=ctime', '--hard-dereference'],
  bsd: ['--format=gnutar', '--disable-copyfile'],
} as const;

/**
 * Gives the commands that read a directory as an archive, as `account`. `directory` must be absolute and hold no link.
 */
export function treeReader(platform: NodeJS.Platform, account: string, directory: string): RootReader {
  const options = platform === 'darwin' ? tarOptions.bsd : tarOptions.gnu;
  return {
    checks: account === 'root' ? treeChecks(directory) : [],
    argv: asAccount(platform, account, ['tar', '-c', '-f', '-', ...options, '-C', directory, '.']),
  };
}

/** Gives the commands that read one file as `account`. `path` must be absolute. */
export function fileReader(platform: NodeJS.Platform, account: string, path: string): RootReader {
  const isFile: Command = ['find', '-P', path, '-maxdepth', '0', '!', '-type', 'f', '-print'];
  return {
    checks: account === 'root' ? [checkChain(dirname(path)), isFile] : [],
    argv: asAccount(platform, account, ['cat', '--', path]),
  };
}

/** Gives the command that prints a path and the directories above it, as far as they exist. */
export const existingAncestors = (path: string): Command => [
  'find',
  '-P',
  ...ancestors(path),
  '-maxdepth',
  '0',
  '-print',
];
