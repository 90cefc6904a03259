import { messageOf } from '../errors.ts';
import type { Daemon } from './daemon.ts';
import type { LazyComponents } from './lazy-components.ts';
import type { Store } from './store/index.ts';

export interface Counters {
  countRequest(): void;
  read: Daemon['counters'];
}

function storeCounts(store: Store | undefined) {
  try {
    const { memories = null, lastWrite = null, rewriteProblem = null } = store?.counts() ?? {};
    return {
      memories,
      lastWrite: lastWrite === null ? null : new Date(lastWrite).toISOString(),
      rewriteProblem,
    };
  } catch (error) {
    // `status` must report a damaged store, so this error is not thrown.
    return { memories: null, lastWrite: null, storeError: messageOf(error) };
  }
}

/**
 * Gives the daemon's counters for `status`. Reading them loads and opens nothing: a component that was not used yet
 * gives null or 0.
 */
export function createCounters({
  store,
  mcp,
  sync,
}: Pick<LazyComponents, 'store' | 'mcp' | 'sync'>): Counters {
  let requests = 0;
  return {
    countRequest() {
      requests += 1;
    },
    read() {
      const sessions = mcp.current()?.sessionCounts();
      const counts: ReturnType<Daemon['counters']> = {
        requests,
        ...storeCounts(store.current()),
        sessionsOpen: sessions?.open ?? 0,
        sessionsOpened: sessions?.opened ?? 0,
        sessionsRefused: sessions?.refused ?? 0,
      };
      for (const [reason, count] of Object.entries(sessions?.closed ?? {})) {
        counts[`sessionsClosed.${reason}`] = count;
      }
      for (const [name, count] of Object.entries(sync.current()?.counters() ?? {})) {
        counts[`sync.${name}`] = count;
      }
      return counts;
    },
  };
}
