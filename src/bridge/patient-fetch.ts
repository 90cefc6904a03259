import type { Clock } from '../system/clock.ts';

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** The longest wait that a server can ask for. A longer one is passed to the client as the refusal that it is. */
const longestWaitMs = 120_000;

/** The milliseconds that a refused request should wait, `undefined` if the server did not say. RFC 9110 §10.2.3 */
export function waitOf(response: Response): number | undefined {
  const seconds = response.headers.get('retry-after') ?? '';
  if (response.status !== 429 || !/^\d{1,6}$/.test(seconds)) return undefined;
  const ms = Math.max(1, Number(seconds)) * 1_000;
  return ms <= longestWaitMs ? ms : undefined;
}

/**
 * `fetch` that waits when the server refuses a request with 429 and `Retry-After`, and sends it again: after a restart
 * all clients of a daemon open their sessions at once (N41). The signal of the request and `signal` end the wait.
 */
export function patientFetch(
  fetch: Fetch,
  clock: Pick<Clock, 'monotonic' | 'sleep'>,
  signal: AbortSignal,
): Fetch {
  return async (url, init) => {
    const end = clock.monotonic() + longestWaitMs;
    for (;;) {
      const response = await fetch(url, init);
      const ms = waitOf(response);
      if (ms === undefined || clock.monotonic() + ms > end) return response;
      await response.body?.cancel();
      await clock.sleep(ms, init?.signal == null ? signal : AbortSignal.any([signal, init.signal]));
      init?.signal?.throwIfAborted();
      signal.throwIfAborted();
    }
  };
}
