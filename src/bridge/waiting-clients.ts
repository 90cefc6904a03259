import {
  type ClientCapabilities,
  METHOD_NOT_FOUND,
  ProtocolError,
  type Result,
} from '@modelcontextprotocol/server';

/** A request or notification that is passed on unchanged. */
export interface PassedOn {
  method: string;
  params?: Record<string, unknown>;
}

/** A client of the 2025 versions while it waits for the answer to one of its requests. */
export interface WaitingClient {
  /** The same value for all requests of one client. */
  client: object;
  capabilities: ClientCapabilities;
  /** Sends the client a request on the stream of its own request. Rejects with the client's error. */
  ask(request: PassedOn): Promise<Result>;
}

/** What the server may ask of its clients, and the capability that a client needs for it. */
const needs = new Map<string, 'elicitation' | 'roots' | 'sampling'>([
  ['elicitation/create', 'elicitation'],
  ['roots/list', 'roots'],
  ['sampling/createMessage', 'sampling'],
]);

/** What a server is told that its clients can do. A client that cannot is never asked. */
export const relayedCapabilities: ClientCapabilities = {
  elicitation: { form: {}, url: {} },
  roots: {},
  sampling: {},
};

/**
 * The clients that wait for the server. On standard streams a server does not say which client it asks: all share one
 * connection. It asks while it answers, so a request goes to the client that waits, if there is only one (N42).
 */
export class WaitingClients {
  readonly #waiting = new Set<WaitingClient>();

  /** Adds a client for one request. Returns a function that removes it. */
  add(waiting: WaitingClient): () => void {
    this.#waiting.add(waiting);
    return () => void this.#waiting.delete(waiting);
  }

  /** Passes a request of the server to the client that it is meant for. Rejects if no client, or no single one, can be. */
  async ask(request: PassedOn): Promise<Result> {
    const need = needs.get(request.method);
    const able = [...this.#waiting].filter(
      ({ capabilities }) => need !== undefined && capabilities[need] !== undefined,
    );
    const last = able.at(-1);
    if (last === undefined) {
      throw new ProtocolError(METHOD_NOT_FOUND, `no waiting client supports ${request.method}`);
    }
    if (new Set(able.map(({ client }) => client)).size > 1) {
      throw new ProtocolError(
        METHOD_NOT_FOUND,
        `several clients wait, and ${request.method} does not say which one it asks`,
      );
    }
    return await last.ask(request);
  }
}
