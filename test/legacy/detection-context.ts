import type { DetectionContext } from '../../src/legacy/detection-context.ts';
import type { KnownDaemon } from '../../src/legacy/known-daemons.ts';
import { loadKnownDaemons } from '../../src/legacy/load-known-daemons.ts';
import { realSystem } from '../../src/system/system.ts';

export const user = { name: 'bob', uid: 1000, home: '/home/bob' };
const roots = { config: '/none', data: '/none', state: '/none', logs: '/none' };

/** What bob's detection looks for, on a machine with a person more and an account of a service's. */
export const lookout: DetectionContext = {
  known: await loadKnownDaemons({ system: { ...realSystem(), user }, roots }),
  user,
  asked: new Set(),
  homes: new Map([
    ['bob', '/home/bob'],
    ['root', '/root'],
    ['alice', '/home/alice'],
    ['mneme', '/var/lib/mneme'],
  ]),
  people: new Set(['bob', 'alice']),
};

/** The same, when these were named. */
export const asking = (...ids: string[]): DetectionContext => ({ ...lookout, asked: new Set(ids) });

/** The same, on a machine where these are known too. */
export const knowing = (...daemons: KnownDaemon[]): DetectionContext => ({
  ...lookout,
  known: [...lookout.known, ...daemons],
});
