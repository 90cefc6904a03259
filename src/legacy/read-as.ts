import { dirname } from 'node:path';
import type { RootReader } from '../service/migration-step.ts';
import type { Argv } from '../system/exec.ts';

/*
 * Data that this user may not read are read by programs of the system, as the account that owns them. Such a reader
 * cannot read more than that account can, wherever links lead. See docs/decisions/0025-root-reads-as-the-account.md.
 */

type Command = [string, ...string[]];

/**
 * argv that runs `argv` as another account, started by root. A process that shares root's terminal could type into it
 * (TIOCSTI, ioctl_tty(2)), so `setsid` detaches it. macOS has no such command.
 */
export function asAccount(platform: NodeJS.Platform, account: string, argv: Argv): Command {
  if (account === 'root') return [...argv] as Command;
  if (platform === 'darwin') return ['sudo', '-u', account, '--', ...argv];
  return ['setsid', '--wait', 'runuser', '-u', account, '--', ...argv];
}

/** A directory and all above it, from the root on. */
function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...ancestors(parent), path];
}

/** For find(1): a directory that somebody else than root may change. */
const open = ['!', '-user', '0', '-o', '-perm', '-020', '-o', '-perm', '-002'];

const checkChain = (directory: string): Command => [
  ...(['find', '-P'] as const),
  ...ancestors(directory),
  ...['-maxdepth', '0', '(', '!', '-type', 'd', '-o', ...open, ')', '-print'],
];

/**
 * Commands that print nothing where nobody but root can change what lies at `directory` or in it: each directory on the
 * way and below is root's and closed to writers, none is a link, and no file is another account's under a second name.
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

/** GNU tar, and the bsdtar of macOS: whole times and sizes, no access times, no files of Apple's beside ours. */
const tarOptions = {
  gnu: ['--format=posix', '--pax-option=delete=atime,delete=ctime', '--hard-dereference'],
  bsd: ['--format=gnutar', '--disable-copyfile'],
} as const;

/** Reads a directory as an archive, as `account`. `directory` is absolute and holds no link. */
export function treeReader(platform: NodeJS.Platform, account: string, directory: string): RootReader {
  const options = platform === 'darwin' ? tarOptions.bsd : tarOptions.gnu;
  return {
    checks: account === 'root' ? treeChecks(directory) : [],
    argv: asAccount(platform, account, ['tar', '-c', '-f', '-', ...options, '-C', directory, '.']),
  };
}

/** Reads one file, as `account`. `path` is absolute. */
export function fileReader(platform: NodeJS.Platform, account: string, path: string): RootReader {
  const isFile: Command = ['find', '-P', path, '-maxdepth', '0', '!', '-type', 'f', '-print'];
  return {
    checks: account === 'root' ? [checkChain(dirname(path)), isFile] : [],
    argv: asAccount(platform, account, ['cat', '--', path]),
  };
}

/** Prints which of a path and all above it are there. */
export const presence = (path: string): Command => [
  'find',
  '-P',
  ...ancestors(path),
  '-maxdepth',
  '0',
  '-print',
];
