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
import { codeOf, messageOf } from '../errors.ts';
import type { Clock } from '../system/clock.ts';
import { createRepeatableRequests } from './repeatable.ts';
import { StreamTransport } from './stream-transport.ts';
import { isRefusal, type Locate, UpstreamConnection } from './upstream-connection.ts';

export interface BridgeOptions {
  input: Readable;
  output: Writable;
  /** Locates the daemon, which proves that it is the user's own. Rejects if the daemon cannot be reached. */
  locate: Locate;
  clock: Pick<Clock, 'monotonic' | 'sleep'>;
  /** Prints a line to standard error. A repeated failure is printed once. */
  say(text: string): void;
}

/** A request that the client waits for. */
interface Pending {
  request: JSONRPCRequest;
  abort: AbortController;
  /** Whether the daemon has begun to answer it. */
  accepted: boolean;
  /** How often it was sent again because the daemon that had it ended. */
  repeats: number;
}

/** A request is not sent again after this many daemons ended while they had it: it may be the reason. */
const maxRepeats = 3;

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
 * restarts or moves, it is located again, and a session that it has lost is opened again. Requests that may be repeated
 * are then sent again, so the client does not notice.
 */
export class StdioBridge {
  readonly #client: StreamTransport;
  readonly #upstream: UpstreamConnection;
  readonly #say: (text: string) => void;
  /** The requests without an answer, and how to cancel each of them. */
  readonly #pending = new Map<RequestId, Pending>();
  readonly #repeatable = createRepeatableRequests();
  readonly #inputEnded = Promise.withResolvers<void>();
  readonly #allAnswered = Promise.withResolvers<void>();
  #complained = false;
  #ending = false;

  constructor({ input, output, locate, clock, say }: BridgeOptions) {
    this.#say = say;
    this.#client = new StreamTransport(input, output, (line) => say(`not a message: ${line.slice(0, 200)}`));
    this.#upstream = new UpstreamConnection({
      locate,
      clock,
      onMessage: (message) => this.#toClient(message),
      onLost: (why) => this.#loseAccepted(why),
    });
  }

  /**
   * Runs until the client closes its end and everything that it asked before is answered (N38), or until nobody reads
   * the answers. A daemon that is not running by then is not waited for.
   */
  async run(): Promise<void> {
    this.#client.onclose = this.#inputEnded.resolve;
    this.#client.onerror = (error) => this.#onClientError(error);
    this.#client.onmessage = (message) => void this.#fromClient(message as JSONRPCMessage);
    await this.#client.start();
    await this.#inputEnded.promise;
    this.#ending = true;
    this.#upstream.stopWaiting();
    if (this.#pending.size === 0) this.#allAnswered.resolve();
    await this.#allAnswered.promise;
    await this.#upstream.close();
  }

  /** A client that exits without reading the last answers is no fault. */
  #onClientError(error: Error): void {
    const code = codeOf(error);
    if (code !== 'EPIPE' && code !== 'ERR_STREAM_DESTROYED') {
      this.#say(messageOf(error));
      return;
    }
    this.#pending.clear();
    this.#inputEnded.resolve();
    this.#allAnswered.resolve();
  }

  async #fromClient(message: JSONRPCMessage): Promise<void> {
    if (isJSONRPCNotification(message) && this.#isGivenUp(message)) return;
    if (isJSONRPCRequest(message)) {
      const pending = { request: message, abort: new AbortController(), accepted: false, repeats: 0 };
      this.#pending.set(message.id, pending);
      return await this.#sendRequest(pending);
    }
    try {
      await this.#upstream.send(message);
    } catch (error) {
      this.#complain(error);
    }
  }

  async #sendRequest(pending: Pending): Promise<void> {
    const { repeats } = pending;
    try {
      await this.#upstream.send(pending.request, {
        requestSignal: pending.abort.signal,
        onRequestStreamEnd: () => this.#lose(pending, repeats, 'the daemon ended before it answered'),
      });
      if (pending.repeats === repeats) pending.accepted = true;
      this.#complained = false;
    } catch (error) {
      if (!isRefusal(error)) return this.#lose(pending, repeats, messageOf(error));
      this.#complain(error);
      this.#fail(pending.request.id, messageOf(error));
    }
  }

  #complain(error: unknown): void {
    if (!this.#complained && !this.#ending) this.#say(messageOf(error));
    this.#complained = true;
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
    this.#forget(pending.request.id);
    pending.abort.abort();
    return true;
  }

  async #toClient(message: JSONRPCMessage): Promise<void> {
    let answered: RequestId | undefined;
    if (isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message)) {
      const pending = message.id === undefined ? undefined : this.#pending.get(message.id);
      // The answer to a request that was cancelled, or that was sent twice and is answered already.
      if (pending === undefined && message.id !== undefined) return;
      if (pending !== undefined && isJSONRPCResultResponse(message))
        this.#repeatable.learn(pending.request, message);
      answered = message.id;
    }
    await this.#write(message);
    if (answered !== undefined) this.#forget(answered);
  }

  async #write(message: JSONRPCMessage): Promise<void> {
    try {
      await this.#client.send(message);
    } catch (error) {
      this.#onClientError(error as Error);
    }
  }

  #forget(id: RequestId): void {
    this.#pending.delete(id);
    if (this.#ending && this.#pending.size === 0) this.#allAnswered.resolve();
  }

  #fail(id: RequestId, message: string): void {
    void this.#toClient({ jsonrpc: '2.0', id, error: { code: serverError, message } });
  }

  /** Sends a request again whose daemon ended, or fails it. Does so once for each time that it was sent. */
  #lose(pending: Pending, repeats: number, why: string): void {
    const { request } = pending;
    if (this.#pending.get(request.id) !== pending || pending.repeats !== repeats) return;
    pending.accepted = false;
    pending.repeats += 1;
    if (repeats < maxRepeats && this.#repeatable.includes(request)) void this.#sendRequest(pending);
    else this.#fail(request.id, why);
  }

  /** The daemon that had accepted these requests has ended. The others fail or are repeated where they are sent. */
  #loseAccepted(why: string): void {
    for (const pending of [...this.#pending.values()])
      if (pending.accepted) this.#lose(pending, pending.repeats, why);
  }
}
