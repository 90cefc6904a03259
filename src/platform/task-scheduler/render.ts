import { win32 } from 'node:path';
import { MemorydError } from '../../errors.ts';
import type { UnitFile, UnitSpec } from '../../service/unit.ts';
import { fillTemplate } from '../template.ts';
import { xmlText } from '../xml.ts';
import { commandLine, refuseVariables } from './escape.ts';
import { taskFile } from './names.ts';

/** Limit of Command and WorkingDirectory. MS-TSCH 2.5.7 */
const longestPath = 260;

/** Limit of CreateProcess, NUL included. */
const longestCommandLine = 32_767;

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
    `${what} is longer than the ${most} characters task scheduler allows: ${value}`,
  );
}

/**
 * `conhost.exe --headless` runs a console program without a window (W05). It always exits with 0, so Task Scheduler
 * never sees a failure, and the restart loop is in our own process. `systemRoot` is %SystemRoot%.
 */
export function actionOf(spec: UnitSpec, systemRoot: string): Action {
  const command = win32.join(systemRoot, 'System32', 'conhost.exe');
  const line = commandLine(['--headless', ...spec.argv, ...supervised]);
  fits('the command line', `"${command}" ${line}`, longestCommandLine - 1);
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
export function renderTask(spec: UnitSpec, userId: string, systemRoot: string): UnitFile {
  const context = {
    ...actionOf(spec, systemRoot),
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
