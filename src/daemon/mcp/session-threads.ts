import { randomUUID } from 'node:crypto';

/** Memories that are stored further apart than this do not belong together. */
const longestPauseMs = 30 * 60_000;

/** Gives the thread of the next memory of a project. */
export type SessionThreads = (project: string | undefined) => string;

/**
 * Makes the threads of a session: memories that a client stores one after the other, for the same project, belong
 * together. `now` gives milliseconds since 1970.
 */
export function createSessionThreads(now: () => number): SessionThreads {
  const threads = new Map<string | undefined, { thread: string; usedAt: number }>();
  return (project) => {
    const known = threads.get(project);
    const isCurrent = known !== undefined && now() - known.usedAt <= longestPauseMs;
    const thread = isCurrent ? known.thread : randomUUID();
    threads.set(project, { thread, usedAt: now() });
    return thread;
  };
}
