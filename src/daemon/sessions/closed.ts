import type { CloseReason } from './session.ts';

/** How many closed sessions are remembered, so that their clients can be told why. */
const remembered = 1_000;

/** Why the latest sessions were closed. */
export interface ClosedSessions {
  add(id: string, reason: CloseReason): void;
  reasonOf(id: string): CloseReason | undefined;
}

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
