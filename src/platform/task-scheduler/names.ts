import { join } from 'node:path';

/**
 * The task of one service of one user. Task names are machine-wide, so the SID is in it (W17), and it is always
 * used whole (W20). It lies in the root folder: schtasks cannot delete folders, and one that the first user
 * made may be closed to the second.
 */
export function taskName(sid: string, service: string): string {
  return `\\memoryd-${sid}-${service}`;
}

/** The unit's file in the service's state directory. */
export function taskFile(stateDirectory: string): string {
  return join(stateDirectory, 'task.xml');
}

/** The shortcut that stands in for a task where Task Scheduler refuses one; `appData` is %APPDATA%. */
export function startupLink(appData: string, service: string): string {
  return join(appData, 'Microsoft', 'Windows', 'Start Menu', 'Programs', 'Startup', `memoryd-${service}.lnk`);
}
