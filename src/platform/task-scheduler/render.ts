import { win32 } from 'node:path';
import { MemorydError } from '../../errors.ts';
import { windowsVariables } from '../../service/injection.ts';
import type { UnitFile, UnitSpec } from '../../service/unit.ts';
import { fillTemplate } from '../template.ts';
import { xmlText } from '../xml.ts';
import type { CmdPolicy } from './cmd-policy.ts';
import { cmdArguments, commandLine, refuseVariables } from './escape.ts';
import { taskFile } from './names.ts';

/** Limit of Command and WorkingDirectory. MS-TSCH 2.5.7 */
const longestPath = 260;

/** Limit of CreateProcess, NUL included. */
const longestCommandLine = 32_767;

/** Limit of cmd.exe. */
const longestCmdLine = 8191;

/**
 * Our supervisor restarts the host. The watchdog trigger restarts the supervisor, unless the user stopped the service
 * (W14).
 */
const supervised = ['--supervise', '--revived'];

/** The command of a task, or of the shortcut that replaces it. */
export interface Action {
  command: string;
  arguments: string;
  workingDirectory: string;
}

function fits(what: string, value: string, most: number): string {
  if (value.length <= most) return value;
  throw new MemorydError(
    'configuration',
    `${what} is longer than the ${most} characters Windows allows: ${value}`,
  );
}

/** What the action depends on, besides the service. */
export interface ActionPlace {
  /** %SystemRoot% */
  systemRoot: string;
  cmd: CmdPolicy;
}

/**
 * Runs `argv` without the variables that inject code. A task cannot set variables, and those of the user's registry act
 * before the first line of a Node program, so cmd.exe removes them first. `/d` skips AutoRun commands of the registry,
 * `/v:off` keeps `!`. The command must not begin with a quote, which cmd.exe would strip.
 */
function cleaned(argv: readonly string[], systemRoot: string): string[] {
  const cmd = win32.join(systemRoot, 'System32', 'cmd.exe');
  // `set NAME=&set NEXT=& program`: a blank before `&` would become the value.
  const removals = windowsVariables.map((name, index, { length }) =>
    index + 1 < length ? `${name}=&set` : `${name}=&`,
  );
  return [cmd, '/d', '/v:off', '/c', 'set', ...removals, ...cmdArguments(argv)];
}

/**
 * `conhost.exe --headless` runs a console program without a window (W05). It always exits with 0, so Task Scheduler
 * never sees a failure, and the restart loop is in our own process.
 */
export function actionOf(spec: UnitSpec, { systemRoot, cmd }: ActionPlace): Action {
  const command = win32.join(systemRoot, 'System32', 'conhost.exe');
  const supervisor = [...spec.argv, ...supervised];
  const direct = cmd === 'forbidden';
  const line = commandLine(['--headless', ...(direct ? supervisor : cleaned(supervisor, systemRoot))]);
  fits('the command line', `"${command}" ${line}`, direct ? longestCommandLine - 1 : longestCmdLine);
  return {
    command: fits('the path of conhost.exe', refuseVariables(command), longestPath),
    arguments: refuseVariables(line),
    workingDirectory: fits('the working directory', refuseVariables(spec.workingDirectory), longestPath),
  };
}

/**
 * The task as XML (pure). `userId` is the SID: it is unique and does not depend on the language (W01, W17). Throws
 * `configuration` for what Task Scheduler or XML cannot express.
 */
export function renderTask(spec: UnitSpec, userId: string, place: ActionPlace): UnitFile {
  const context = {
    ...actionOf(spec, place),
    description: spec.description,
    startAtLogin: spec.startAtLogin,
    userId,
  };
  return {
    path: taskFile(spec.directories.state),
    content: fillTemplate('task.xml', context, { xml: xmlText }),
    encoding: 'utf16le-bom',
    mode: 0o600,
  };
}
