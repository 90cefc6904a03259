import type { CloseReason } from './session.ts';

/** How many closed sessions are kept, so that their clients can be given the reason. */
const remembered = 1_000;

/** The reasons of the latest closed sessions. */
export interface ClosedSessions {
  add(id: string, reason: CloseReason): void;
  reasonOf(id: string): CloseReason | undefined;
}

/** Makes an empty list of closed sessions. The oldest entry is dropped when it is full. */
export function createClosedSessions(): ClosedSessions {
  const reasons = new Map<string, CloseReason>();
  return {
    add(id, reason) {
      reasons.set(id, reason);
      const [oldest] = reasons.keys();
      if (oldest !== undefined && reasons.size > remembered) reasons.delete(oldest);
    },
    reasonOf: (id) => reasons.get(id),
  };
}
