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
  /** Locates the daemon, which proves that it is the user's own. Rejects if the daemon cannot be reached. */
  locate: Locate;
  /** Prints a line to standard error. A repeated failure is printed once. */
  say(text: string): void;
}

/** A request that the client waits for. */
interface Pending {
  request: JSONRPCRequest;
  abort: AbortController;
  /** Whether the daemon has begun to answer it. */
  accepted: boolean;
}

/** The first code of the JSON-RPC range for implementation-defined errors. */
const serverError = -32_000;

/**
 * Whether a request uses a protocol version without sessions, in which a request is cancelled by closing its
 * connection.
 */
function isSessionless({ params }: JSONRPCRequest): boolean {
  return params?._meta?.[PROTOCOL_VERSION_META_KEY] !== undefined;
}

/**
 * Connects a client on standard streams to a daemon that uses HTTP. Messages are passed on unchanged. If the daemon
 * restarts or moves, it is located again, and a session that it has lost is opened again; the client does not notice.
 */
export class StdioBridge {
  readonly #client: StreamTransport;
  readonly #upstream: UpstreamConnection;
  readonly #say: (text: string) => void;
  /** The requests without an answer, and how to cancel each of them. */
  readonly #pending = new Map<RequestId, Pending>();
  #complained = false;

  constructor({ input, output, locate, say }: BridgeOptions) {
    this.#say = say;
    this.#client = new StreamTransport(input, output, (line) => say(`not a message: ${line.slice(0, 200)}`));
    this.#upstream = new UpstreamConnection({
      locate,
      onMessage: (message) => this.#toClient(message),
      onLost: (why) => this.#failAccepted(why),
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
    if (isJSONRPCRequest(message))
      this.#pending.set(message.id, { request: message, abort, accepted: false });
    try {
      await this.#upstream.send(message, {
        requestSignal: abort.signal,
        onRequestStreamEnd: () => {
          if (isJSONRPCRequest(message)) this.#fail(message.id, 'the daemon ended before it answered');
        },
      });
      if (isJSONRPCRequest(message)) this.#accept(message.id);
      this.#complained = false;
    } catch (error) {
      if (!this.#complained) this.#say(messageOf(error));
      this.#complained = true;
      if (isJSONRPCRequest(message)) this.#fail(message.id, messageOf(error));
    }
  }

  /**
   * Handles the cancellation of a request without a session by closing its connection. Returns false for other
   * messages, which are sent to the daemon.
   */
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

  #accept(id: RequestId): void {
    const pending = this.#pending.get(id);
    if (pending !== undefined) pending.accepted = true;
  }

  /** Fails the requests that the lost daemon had accepted. The others fail or are sent again where they are sent. */
  #failAccepted(why: string): void {
    for (const [id, { accepted }] of [...this.#pending]) if (accepted) this.#fail(id, why);
  }
}
