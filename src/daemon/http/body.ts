import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../system/clock.ts';
import { sendError } from './reply.ts';

/** The largest request body, in bytes. */
export const bodyLimit = 10 * 1024 * 1024;

/**
 * How much of a refused body is read and discarded, so that the client can read the answer before the connection is
 * closed.
 */
const patience = 4 * bodyLimit;

/** How long a client may take to send its body. */
const bodyDeadlineMs = 30_000;

export type Body =
  | { kind: 'whole'; bytes: Buffer }
  | { kind: 'too-large' }
  | { kind: 'too-slow' }
  | { kind: 'cut-off' };

/** Reads a request's body: at most `bodyLimit` bytes, for at most 30 s. Does not reject. */
export function readBody(request: IncomingMessage, clock: Clock): Promise<Body> {
  if (Number(request.headers['content-length']) > bodyLimit) return Promise.resolve({ kind: 'too-large' });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (body: Body) => {
      deadline.cancel();
      request.off('data', take).off('end', end).off('close', cutOff).off('error', cutOff);
      // A connection reset after this must not become an unhandled error.
      request.on('error', () => request.destroy());
      request.pause();
      resolve(body);
    };
    const take = (chunk: Buffer) => {
      length += chunk.length;
      if (length > bodyLimit) return settle({ kind: 'too-large' });
      chunks.push(chunk);
    };
    const end = () => settle({ kind: 'whole', bytes: Buffer.concat(chunks, length) });
    const cutOff = () => settle({ kind: 'cut-off' });
    const deadline = clock.after(bodyDeadlineMs, () => settle({ kind: 'too-slow' }));
    request.on('data', take).once('end', end).once('close', cutOff).once('error', cutOff);
  });
}

/**
 * Reads and discards the rest of a request: closing a connection with unread bytes would reset it, and the client would
 * lose the answer (RFC 9112 9.6).
 */
export function discard(request: IncomingMessage): void {
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > patience) request.destroy();
  });
  request.resume();
}

/** Answers a request whose body is incomplete or too large: 413 or 408, as JSON. */
export function refuseBody(
  request: IncomingMessage,
  response: ServerResponse,
  kind: Exclude<Body['kind'], 'whole'>,
): void {
  if (kind === 'too-large') {
    sendError(response, 413, `the body is larger than ${bodyLimit} bytes`);
    discard(request);
  } else if (kind === 'too-slow') {
    response.once('finish', () => request.destroy());
    const headers = { connection: 'close' };
    sendError(response, 408, `the body did not arrive within ${bodyDeadlineMs / 1000} s`, { headers });
  }
}
