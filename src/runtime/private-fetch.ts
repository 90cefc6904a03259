import { Agent, type ClientRequestArgs, type IncomingMessage, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { Readable } from 'node:stream';
import type { Clock } from '../system/clock.ts';
import { connectPrivately, type PrivateAddress } from './private-connection.ts';

/** The part of `fetch` that MCP and the sync API need: request bodies are text or bytes, responses are streams. */
export type PrivateFetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** A client for one host. `close` ends its open connections. */
export interface PrivateClient {
  fetch: PrivateFetch;
  close(): void;
}

/** An agent with private connections, each of them proven. */
class PrivateAgent extends Agent {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #address: () => Promise<PrivateAddress>;

  constructor(clock: Pick<Clock, 'after'>, address: () => Promise<PrivateAddress>) {
    super({ keepAlive: true });
    this.#clock = clock;
    this.#address = address;
  }

  override createConnection(
    _options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.#address()
      .then((address) => connectPrivately(this.#clock, address))
      .then(
        (socket) => callback?.(null, socket),
        (error: Error) => callback?.(error, undefined as never),
      );
    return undefined;
  }
}

/** The status codes for which a Response must not have a body. Fetch Standard, null body status */
const withoutBody = [101, 103, 204, 205, 304];

function responseOf(incoming: IncomingMessage): Response {
  const { statusCode: status = 0, statusMessage: statusText = '', rawHeaders } = incoming;
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    headers.append(rawHeaders[at] as string, rawHeaders[at + 1] as string);
  if (withoutBody.includes(status)) {
    incoming.resume();
    return new Response(null, { status, statusText, headers });
  }
  const body = Readable.toWeb(incoming) as unknown as ReadableStream<Uint8Array>;
  return new Response(body, { status, statusText, headers });
}

function bodyOf(body: RequestInit['body']): string | Uint8Array | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string' || body instanceof Uint8Array) return body;
  throw new TypeError('a body must be text or bytes');
}

/**
 * `fetch` through the private socket of a host, with its token. The host and port of the URL are only used for the Host
 * header. `address` is called for every request and connection, so that a new token is used at once. Rejects with
 * `NotConnected` if the request was not sent, with the reason of the signal if it was aborted, else with the error of
 * the socket.
 */
export function privateClient(
  clock: Pick<Clock, 'after'>,
  address: () => Promise<PrivateAddress>,
): PrivateClient {
  const agent = new PrivateAgent(clock, address);
  return {
    close: () => agent.destroy(),
    async fetch(url, init = {}) {
      const body = bodyOf(init.body);
      const signal = init.signal ?? undefined;
      signal?.throwIfAborted();
      const headers = new Headers(init.headers);
      headers.set('authorization', `Bearer ${(await address()).token}`);
      const options = {
        method: init.method ?? 'GET',
        headers: Object.fromEntries(headers),
        agent,
        ...(signal === undefined ? {} : { signal }),
      };
      return new Promise((resolve, reject) => {
        const outgoing = request(new URL(url), options, (incoming) => resolve(responseOf(incoming)));
        outgoing.on('error', (error) => reject(signal?.aborted === true ? signal.reason : error));
        outgoing.end(body);
      });
    },
  };
}
