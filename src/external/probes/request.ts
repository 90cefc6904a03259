import type { IncomingMessage } from 'node:http';
import { systemClock } from '../../system/clock.ts';
import { failureText } from './failure-text.ts';

// Importing node:http would load everything it exports, including fetch and WebSocket: 7 MB for the life of the host.
// It is not loaded at all if no probe uses HTTP.
const http = () => process.getBuiltinModule('node:http');

export interface ProbeRequest {
  host: string;
  port: number;
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
  timeoutMs: number;
  /** Called with all the text received so far; true means that it is enough. For answers that never end. */
  enough?: (text: string) => boolean;
}

export type ProbeResponse =
  | { kind: 'answered'; status: number; headers: IncomingMessage['headers']; text: string }
  | { kind: 'failed'; why: string };

const longestAnswer = 1_048_576;

/** One request to the address of the daemon: no redirects, no proxy, its own connection. Never throws. */
export function askHttp(request: ProbeRequest): Promise<ProbeResponse> {
  const { host, port, method, path, headers, body, timeoutMs, enough } = request;
  return new Promise((resolve) => {
    const outgoing = http().request({ host, port, method, path, headers, agent: false });
    const over = new AbortController();
    const settle = (answer: ProbeResponse) => {
      over.abort();
      resolve(answer);
      outgoing.destroy();
    };
    const fail = (why: string) => settle({ kind: 'failed', why });
    void systemClock.sleep(timeoutMs, over.signal).then(() => fail(`no answer in ${timeoutMs} ms`));
    outgoing.on('error', (error) => fail(failureText(error, { host, port })));
    outgoing.on('response', (incoming) => {
      let text = '';
      const done = () =>
        settle({ kind: 'answered', status: incoming.statusCode ?? 0, headers: incoming.headers, text });
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > longestAnswer) fail('the answer is too long');
        else if (enough?.(text)) done();
      });
      incoming.on('end', done);
      incoming.on('error', (error) => fail(error.message));
    });
    outgoing.end(body);
  });
}

/** An unexpected status as the cause of a failed probe: `HTTP 307 to /mcp/ at http://127.0.0.1:8350/mcp` (N09). */
export function statusText(
  { status, headers }: Extract<ProbeResponse, { kind: 'answered' }>,
  url: string,
): string {
  const to = headers.location === undefined ? '' : ` to ${headers.location}`;
  return `HTTP ${status}${to} at ${url}`;
}
