import type { IncomingMessage } from 'node:http';
import { bodyLimit } from './protocol.ts';

/** A client that still sends after its refusal is read this far, so that it sees the answer, and then cut off. */
const patience = 4 * bodyLimit;

/** The client closed its connection before the request was whole: there is nobody to answer. */
export class ClientGone extends Error {}

/** Reads what is left of a request and forgets it: closing on unread bytes would reset the connection (RFC 9112 9.6). */
export function discardBody(request: IncomingMessage): void {
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > patience) request.destroy();
  });
  request.on('error', () => request.destroy());
  request.resume();
}

/**
 * The whole body, or undefined as soon as it is over the limit: what is left is the caller's to discard.
 * Rejects with ClientGone when the client goes away: half a body is none.
 */
export function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > bodyLimit) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const gone = () => reject(new ClientGone());
    if (request.destroyed) return gone();
    const chunks: Buffer[] = [];
    let length = 0;
    const collect = (chunk: Buffer) => {
      length += chunk.length;
      if (length <= bodyLimit) chunks.push(chunk);
      else {
        request.off('data', collect);
        chunks.length = 0;
        resolve(undefined);
      }
    };
    request.on('data', collect);
    request.once('end', () => resolve(Buffer.concat(chunks, length)));
    request.once('error', gone);
    request.once('close', gone);
  });
}
