import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { MemorydError } from '../../errors.ts';
import { emptiedVariables } from '../../service/injection.ts';
import type { UnitFile, UnitSpec } from '../../service/unit.ts';
import { fillTemplate } from '../template.ts';
import { xmlText } from '../xml.ts';
import { integer } from './integer.ts';
import { agentPath, labelOf, parkedPath, stderrPath } from './label.ts';
import { serviceVariable, unitVariable } from './mark.ts';

/** launchd's default, set explicitly: the least time between two starts. */
const throttleSecs = 10;

/** The default PATH of launchd lacks Homebrew and /usr/local (M06). */
const searchPath = ['/opt/homebrew/bin', '/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'];

/**
 * Folders that TCC protects. A terminal may have access, but a child of launchd has not, or hangs while macOS asks
 * (M08).
 */
function guardedFolders(home: string): string[] {
  const own = ['Desktop', 'Documents', 'Downloads', 'Library/Mobile Documents'];
  const external = home.startsWith('/Volumes/') ? [] : ['/Volumes'];
  return [...own.map((folder) => posix.join(home, folder)), ...external];
}

function checkPath(what: string, path: string, home: string): void {
  if (!posix.isAbsolute(path)) {
    // launchd does not find relative programs, and its PATH is not that of the user (M06).
    throw new MemorydError('configuration', `${what} must be an absolute path: ${path}`);
  }
  const guard = guardedFolders(home).find((folder) => `${posix.normalize(path)}/`.startsWith(`${folder}/`));
  if (guard === undefined) return;
  throw new MemorydError(
    'configuration',
    `${what} is in ${guard}, which macOS does not let background jobs use: ${path}`,
  );
}

/** Refuses what launchd would later reject without a message. */
function check(spec: UnitSpec): void {
  const [program, entry] = spec.argv;
  const { home } = spec.user;
  checkPath('the program', program, home);
  if (entry !== undefined) checkPath('the entry', entry, home);
  checkPath('the working directory', spec.workingDirectory, home);
  checkPath('the log directory', spec.directories.logs, home);
  for (const { field, path } of spec.definitionPaths ?? []) checkPath(field, path, home);
  if (spec.sandbox === 'strict') {
    throw new MemorydError('configuration', 'launchd has no strict sandbox: use "default" or "off"');
  }
  if (spec.stopTimeoutSecs < 1) {
    throw new MemorydError('configuration', 'launchd waits for ever with a stop timeout of 0: use 1 or more');
  }
}

function fill(spec: UnitSpec, unit: string): string {
  const directory = posix.dirname(spec.argv[0]);
  const context = {
    label: labelOf(spec.service),
    argv: spec.argv,
    workingDirectory: spec.workingDirectory,
    environment: {
      // What `launchctl setenv` holds is inherited, and a plist can only set. launchd.plist(5)
      ...Object.fromEntries(emptiedVariables.map((name) => [name, ''])),
      PATH: [...new Set([directory, ...searchPath])].filter((path) => !path.includes(':')).join(':'),
      [serviceVariable]: spec.service,
      [unitVariable]: unit,
    },
    throttleSecs,
    exitTimeoutSecs: spec.stopTimeoutSecs,
    stderr: stderrPath(spec.directories.logs),
  };
  return fillTemplate('launchd.plist', context, { xml: xmlText, integer });
}

/**
 * The plist of a service (pure). Mode 0644: launchd refuses files that others can write, and other tools read them. It
 * contains no secrets. Throws `configuration` for what launchd cannot run.
 */
export function renderAgent(spec: UnitSpec): UnitFile[] {
  check(spec);
  const unit = createHash('sha256').update(fill(spec, '')).digest('hex').slice(0, 16);
  const path = spec.startAtLogin
    ? agentPath(spec.user.home, spec.service)
    : parkedPath(spec.directories.state, spec.service);
  return [{ path, content: fill(spec, unit), encoding: 'utf8', mode: 0o644 }];
}
