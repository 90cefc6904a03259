import assert from 'node:assert/strict';
import { type CloseReason, Sessions, type SessionsOptions } from '../../../src/daemon/sessions/index.ts';
import { holdClock } from '../../support/held-clock.ts';

export const hour = 3_600_000;

type Line = [event: string, fields: Record<string, unknown>];

/** Sessions on a clock that stands still, with the documented defaults; all they log and dispose of is kept. */
export function setUp(changes: Partial<SessionsOptions<string>> = {}) {
  const clock = holdClock();
  const lines: Line[] = [];
  const disposed: [string, CloseReason][] = [];
  const sessions = new Sessions<string>({
    idleTimeoutMs: 4 * hour,
    maxLifetimeMs: 0,
    maxSessions: 100,
    idKey: 'a key',
    rate: { limit: 10, windowMs: 60_000 },
    clock,
    log: (event, fields = {}) => void lines.push([event, fields]),
    dispose: (attachment, reason) => void disposed.push([attachment, reason]),
    ...changes,
  });
  function open(client = 'tester'): string {
    const result = sessions.open(client, (id) => id);
    assert.equal(result.kind, 'opened');
    return result.kind === 'opened' ? result.session.id : '';
  }
  return { clock, lines, disposed, sessions, open };
}
