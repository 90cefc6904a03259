import { join } from 'node:path';

/**
 * The task of one service of one user. Task names are machine-wide, so the SID is part of the name (W17), and names
 * are always compared completely (W20). The task is in the root folder, because schtasks cannot delete folders, and a
 * folder that one user created may be closed to the next.
 */
export function taskName(sid: string, service: string): string {
  return `\\memoryd-${sid}-${service}`;
}

/** The task file in the state directory of the service. */
export function taskFile(stateDirectory: string): string {
  return join(stateDirectory, 'task.xml');
}

/** The shortcut that replaces a task if Task Scheduler refuses it. `appData` is %APPDATA%. */
export function startupLink(appData: string, service: string): string {
  return join(appData, 'Microsoft', 'Windows', 'Start Menu', 'Programs', 'Startup', `memoryd-${service}.lnk`);
}
