import type { Readable, Writable } from 'node:stream';
import {
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  type JSONRPCNotification,
  type JSONRPCRequest,
  PROTOCOL_VERSION_META_KEY,
  type RequestId,
} from '@modelcontextprotocol/server';
import { messageOf } from '../errors.ts';
import { StreamTransport } from './stream-transport.ts';
import { type Locate, UpstreamConnection } from './upstream-connection.ts';

export interface BridgeOptions {
  input: Readable;
  output: Writable;
  /** Where the daemon is, proven to be the user's own. Throws when it is not to be had. */
  locate: Locate;
  /** For what is worth saying on standard error, once. */
  say(text: string): void;
}

/** JSON-RPC's range for errors of an implementation. */
const serverError = -32_000;

/** Whether a request is of the era without sessions, where going away is how one is cancelled. */
function isSessionless({ params }: JSONRPCRequest): boolean {
  return params?._meta?.[PROTOCOL_VERSION_META_KEY] !== undefined;
}

/**
 * A client that only speaks on standard streams, at a daemon that speaks HTTP. Messages pass as they are. A daemon that
 * restarts or moves is found again, and a session it has forgotten is opened again, without the client's noticing.
 */
export class StdioBridge {
  readonly #client: StreamTransport;
  readonly #upstream: UpstreamConnection;
  readonly #say: (text: string) => void;
  /** What the client waits for, and how to give it up. */
  readonly #pending = new Map<RequestId, { request: JSONRPCRequest; abort: AbortController }>();
  #complained = false;

  constructor({ input, output, locate, say }: BridgeOptions) {
    this.#say = say;
    this.#client = new StreamTransport(input, output, (line) => say(`not a message: ${line.slice(0, 200)}`));
    this.#upstream = new UpstreamConnection({
      locate,
      onMessage: (message) => this.#toClient(message),
      onLost: (why) => this.#failPending(why),
    });
  }

  /** Runs until the client closes its end. */
  async run(): Promise<void> {
    const over = Promise.withResolvers<void>();
    this.#client.onclose = over.resolve;
    this.#client.onerror = (error) => this.#say(messageOf(error));
    this.#client.onmessage = (message) => void this.#fromClient(message as JSONRPCMessage);
    await this.#client.start();
    await over.promise;
    await this.#upstream.close();
  }

  async #fromClient(message: JSONRPCMessage): Promise<void> {
    if (isJSONRPCNotification(message) && this.#isGivenUp(message)) return;
    const abort = new AbortController();
    if (isJSONRPCRequest(message)) this.#pending.set(message.id, { request: message, abort });
    try {
      await this.#upstream.send(message, {
        requestSignal: abort.signal,
        onRequestStreamEnd: () => {
          if (isJSONRPCRequest(message)) this.#fail(message.id, 'the daemon ended before it answered');
        },
      });
      this.#complained = false;
    } catch (error) {
      if (!this.#complained) this.#say(messageOf(error));
      this.#complained = true;
      if (isJSONRPCRequest(message)) this.#fail(message.id, messageOf(error));
    }
  }

  /** Cancels a request of the sessionless era by leaving; of the others the daemon is told. */
  #isGivenUp({ method, params }: JSONRPCNotification): boolean {
    if (method !== 'notifications/cancelled') return false;
    const id = (params as { requestId?: RequestId } | undefined)?.requestId;
    const pending = id === undefined ? undefined : this.#pending.get(id);
    if (pending === undefined || !isSessionless(pending.request)) return false;
    this.#pending.delete(pending.request.id);
    pending.abort.abort();
    return true;
  }

  async #toClient(message: JSONRPCMessage): Promise<void> {
    if (isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message)) {
      if (message.id !== undefined) this.#pending.delete(message.id);
    }
    try {
      await this.#client.send(message);
    } catch (error) {
      this.#say(messageOf(error));
    }
  }

  #fail(id: RequestId, message: string): void {
    if (!this.#pending.delete(id)) return;
    void this.#toClient({ jsonrpc: '2.0', id, error: { code: serverError, message } });
  }

  #failPending(why: string): void {
    for (const id of [...this.#pending.keys()]) this.#fail(id, why);
  }
}
