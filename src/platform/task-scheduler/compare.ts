import { isDeepStrictEqual } from 'node:util';
import type { Task } from './parse.ts';

/** The current user, in both forms in which a task may name a user. */
export interface Self {
  sid: string;
  /** Without the domain. */
  userName: string;
}

const sidPattern = /^S-1-\d+(-\d+)+$/i;

/**
 * Exports name users as SID or as `DOMAIN\name`. Only the SID is certain, so of a name only the last part is compared.
 */
function isSelf(userId: string | undefined, self: Self): boolean {
  if (userId === undefined) return false;
  if (sidPattern.test(userId)) return userId.toLowerCase() === self.sid.toLowerCase();
  const name = userId.slice(userId.lastIndexOf('\\') + 1);
  return name.toLowerCase() === self.userName.toLowerCase();
}

/** Why a task with our name is not ours; undefined if it is. */
export function strangeness(task: Task, service: string, self: Self): string | undefined {
  if (!isSelf(task.userId, self)) return `it runs as ${task.userId ?? 'a group'}`;
  if (!` ${task.arguments} `.includes(` host ${service} `))
    return `it runs ${task.command} ${task.arguments}`;
  return undefined;
}

/**
 * The parts in which two tasks must be equal. Left out are the description, the start boundary, whether the task is
 * enabled, which is the user's choice (N22), and RunLevel: an elevated `schtasks /create` rewrites it, so the two would
 * never be equal.
 */
function essence(task: Task, self: Self) {
  return {
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

/** Compares values instead of text: an export drops defaults and writes quotes differently (W12). */
export function isSameTask(registered: Task, wanted: Task, self: Self): boolean {
  return isDeepStrictEqual(essence(registered, self), essence(wanted, self));
}

/** Whether the task starts at this user's login. */
export function startsAtLogin(task: Task): boolean {
  return task.enabled && task.logonTriggers.some(({ enabled }) => enabled);
}
