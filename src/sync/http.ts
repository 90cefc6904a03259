import { messageOf } from '../errors.ts';
import { systemClock } from '../system/clock.ts';

export interface HttpOptions {
  /** Base URL without a slash at the end. */
  base: string;
  /** The bearer token; undefined for a server that needs none. */
  key: string | undefined;
  /** For each attempt, from connection to the end of the body. */
  timeoutMs: number;
  /** How often to retry after no answer, 429 or 503. All our requests may be repeated. */
  retries: number;
}

export interface SyncRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** The path below the base, encoded. */
  path: string;
  clientId?: string;
  json?: object;
}

export type SyncResponse =
  | { kind: 'answer'; status: number; body: unknown; retryAfterMs: number | undefined }
  | { kind: 'unreachable'; why: string };

/** A file of 10 MB takes at most six times its size as JSON. */
const longestAnswer = 64 * 1024 * 1024;

const longestPauseMs = 5000;

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > longestAnswer) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** fetch only reports "fetch failed"; the cause has the reason. */
function reason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : messageOf(cause);
}

async function attempt({ base, key, timeoutMs }: HttpOptions, request: SyncRequest): Promise<SyncResponse> {
  const { method, path, clientId, json } = request;
  try {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(clientId === undefined ? {} : { 'x-client-id': clientId }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      // A redirect would send the key to another server.
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    const retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : undefined;
    return { kind: 'answer', status: response.status, body: parse(await readText(response)), retryAfterMs };
  } catch (error) {
    return { kind: 'unreachable', why: reason(error) };
  }
}

function wantsRepeat(answer: SyncResponse): boolean {
  return answer.kind === 'unreachable' || answer.status === 429 || answer.status === 503;
}

/** Sends a request, with retries where they can help, and returns the last answer. Never throws. */
export async function send(options: HttpOptions, request: SyncRequest): Promise<SyncResponse> {
  for (let tries = 0; ; tries += 1) {
    const answer = await attempt(options, request);
    if (tries >= options.retries || !wantsRepeat(answer)) return answer;
    const asked = answer.kind === 'answer' ? answer.retryAfterMs : undefined;
    if (asked !== undefined && asked > longestPauseMs) return answer;
    await systemClock.sleep(asked ?? 250 * 2 ** tries);
  }
}
