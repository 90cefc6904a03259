import { Client, type Notification, type RequestOptions, type Result } from '@modelcontextprotocol/client';
import type { Implementation, ServerCapabilities } from '@modelcontextprotocol/server';
import { messageOf } from '../errors.ts';
import type { Log } from '../service/log.ts';
import type { ProbeAnswer } from '../service/probe-answer.ts';
import { no, yes } from '../service/probe-answer.ts';
import type { Clock } from '../system/clock.ts';
import type { StreamTransport } from './stream-transport.ts';
import { type PassedOn, relayedCapabilities, type WaitingClient, WaitingClients } from './waiting-clients.ts';

/** The server's answer to initialize. */
export interface ServerFacts {
  info: Implementation;
  capabilities: ServerCapabilities;
  instructions: string | undefined;
}

interface LinkOptions {
  version: string;
  clock: Clock;
  log: Log;
  /** The server mixes up overlapping requests, so it gets one at a time. */
  oneAtATime: boolean;
}

type PassedOptions = Pick<RequestOptions, 'signal' | 'onprogress'> & {
  /** The client that waits, if the server may ask it something meanwhile. */
  waiting?: WaitingClient | undefined;
};

/** Accepts every result: the clients of the server validate it. */
export const anything = {
  '~standard': { version: 1, vendor: 'memoryd', validate: (value: unknown) => ({ value: value as Result }) },
} as const;

/** In ms. A request has no timeout of ours: its client decides how long to wait. */
export const endless = 2_147_483_647;

/**
 * The only connection to a server on standard streams. It survives restarts of the server. All clients share this one
 * server process: several processes would each have their own copy of its file in memory.
 */
export class Link {
  readonly #version: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #waiting = new WaitingClients();
  readonly #listeners = new Set<(notification: Notification) => void>();
  readonly #oneAtATime: boolean;
  #last: Promise<unknown> = Promise.resolve();
  #client: Client | undefined;
  #connecting: Promise<void> = Promise.resolve();
  #facts: ServerFacts | undefined;

  constructor({ version, clock, log, oneAtATime }: LinkOptions) {
    this.#version = version;
    this.#clock = clock;
    this.#log = log;
    this.#oneAtATime = oneAtATime;
  }

  /** Connects to the server behind `transport`. Requests wait until it has answered initialize. */
  attach(transport: StreamTransport): void {
    const client = new Client(
      { name: 'memoryd', version: this.#version },
      { capabilities: relayedCapabilities },
    );
    client.fallbackRequestHandler = ({ method, params }) =>
      this.#waiting.ask({ method, ...(params === undefined ? {} : { params }) });
    client.onerror = (error) => this.#log('bridge.error', { error: messageOf(error) });
    client.onclose = () => {
      if (this.#client === client) this.#client = undefined;
    };
    client.fallbackNotificationHandler = async (notification) => {
      for (const listener of this.#listeners) listener(notification);
    };
    this.#connecting = this.#connect(client, transport);
  }

  async #connect(client: Client, transport: StreamTransport): Promise<void> {
    try {
      await client.connect(transport);
    } catch (error) {
      this.#log('bridge.refused', { error: messageOf(error) });
      return;
    }
    this.#facts = {
      info: client.getServerVersion() ?? { name: 'unknown', version: '0' },
      capabilities: client.getServerCapabilities() ?? {},
      instructions: client.getInstructions(),
    };
    this.#client = client;
  }

  /** Undefined until a server has answered initialize for the first time. */
  get facts(): ServerFacts | undefined {
    return this.#facts;
  }

  /** Whether the server answers a ping in time. Never throws. */
  async ping(timeoutMs: number): Promise<ProbeAnswer> {
    const connected = new AbortController();
    await Promise.race([this.#connecting, this.#clock.sleep(timeoutMs, connected.signal)]);
    connected.abort();
    if (this.#client === undefined) return no('it has not answered initialize');
    try {
      await this.#client.ping({ timeout: timeoutMs });
      return yes;
    } catch (error) {
      return no(`ping: ${messageOf(error)}`);
    }
  }

  /** Passes a request to the server. Rejects with the error of the server, or if the server is not running. */
  async request(request: PassedOn, options: PassedOptions): Promise<Result> {
    if (!this.#oneAtATime) return this.#pass(request, options);
    const turn = this.#last.then(() => this.#pass(request, options));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #pass(request: PassedOn, { waiting, ...options }: PassedOptions): Promise<Result> {
    await this.#connecting;
    options.signal?.throwIfAborted();
    if (this.#client === undefined) throw new Error('the daemon is not running; try again in a moment');
    const remove = waiting === undefined ? undefined : this.#waiting.add(waiting);
    try {
      return (await this.#client.request(request, anything, { ...options, timeout: endless })) as Result;
    } finally {
      remove?.();
    }
  }

  async notify(notification: Notification): Promise<void> {
    await this.#client?.notification(notification);
  }

  /** Calls `listener` with every notification of the server. Returns a function that removes the listener. */
  listen(listener: (notification: Notification) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
