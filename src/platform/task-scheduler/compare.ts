import { isDeepStrictEqual } from 'node:util';
import type { Task } from './task-xml.ts';

/** Who we are, in both ways a task may name us. */
export interface Self {
  sid: string;
  /** Without the domain. */
  userName: string;
}

const sidPattern = /^S-1-\d+(-\d+)+$/i;

/** Exports name users as SID or as `DOMAIN\name`; only the SID is certain, so a name counts by its last part. */
function isSelf(userId: string | undefined, self: Self): boolean {
  if (userId === undefined) return false;
  if (sidPattern.test(userId)) return userId.toLowerCase() === self.sid.toLowerCase();
  const name = userId.slice(userId.lastIndexOf('\\') + 1);
  return name.toLowerCase() === self.userName.toLowerCase();
}

/** Whether a task of our name is one that we registered; if not, why not. */
export function strangeness(task: Task, service: string, self: Self): string | undefined {
  if (!isSelf(task.userId, self)) return `it runs as ${task.userId ?? 'a group'}`;
  if (!` ${task.arguments} `.includes(` host ${service} `))
    return `it runs ${task.command} ${task.arguments}`;
  return undefined;
}

/**
 * What two tasks must share to be the same task. Not in it: the description, the start boundary, and RunLevel,
 * which an elevated `schtasks /create` rewrites, so that comparing it would never come to rest.
 */
function essence(task: Task, self: Self) {
  return {
    enabled: task.enabled,
    logon: task.logonTriggers.map(({ enabled, userId }) => ({ enabled, own: isSelf(userId, self) })),
    watchdog: task.timeTriggers.map(({ enabled, interval, duration }) => ({ enabled, interval, duration })),
    others: task.otherTriggers,
    logonType: task.logonType,
    settings: task.settings,
    // An elevated create also changes the case of System32.
    command: task.command.toLowerCase(),
    arguments: task.arguments,
    workingDirectory: task.workingDirectory,
  };
}

/** Compares values, not text: an export drops defaults and writes quotes differently (W12). */
export function isSameTask(registered: Task, wanted: Task, self: Self): boolean {
  return isDeepStrictEqual(essence(registered, self), essence(wanted, self));
}

/** Whether the task starts at this user's login. */
export function startsAtLogin(task: Task): boolean {
  return task.enabled && task.logonTriggers.some(({ enabled }) => enabled);
}
