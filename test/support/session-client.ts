import assert from 'node:assert/strict';

interface Answer {
  status: number;
  id: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers as they come
  json: any;
}

/** A client of the 2025 eras, and of the current one, that knows the protocols and nothing else. */
export class SessionClient {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  async #ask(method: string, headers: Record<string, string>, body?: object): Promise<Answer> {
    const response = await fetch(`${this.#url}/mcp`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...body }) }),
    });
    const text = await response.text();
    const id = response.headers.get('mcp-session-id') ?? '';
    return { status: response.status, id, json: text === '' ? undefined : JSON.parse(text) };
  }

  async open(name: string): Promise<string> {
    const clientInfo = { name, version: '1' };
    const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
    const { status, id } = await this.#ask('POST', {}, { method: 'initialize', params });
    assert.equal(status, 200);
    return id;
  }

  list(id: string): Promise<Answer> {
    return this.#ask('POST', { 'mcp-session-id': id }, { method: 'tools/list' });
  }

  async end(id: string): Promise<void> {
    assert.equal((await this.#ask('DELETE', { 'mcp-session-id': id })).status, 204);
  }

  /** A request of the current era, which has no sessions. */
  async sessionless(): Promise<number> {
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'current', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list' };
    return (await this.#ask('POST', headers, { method: 'tools/list', params: { _meta } })).status;
  }

  /** A request of a session that has ended is served all the same. */
  async goesOn(id: string): Promise<void> {
    assert.equal((await this.list(id)).status, 200);
  }

  async gone(id: string, reason: string): Promise<void> {
    const { status, json } = await this.list(id);
    assert.equal(status, 404);
    assert.deepEqual(json.error.data, { reason, next: 'initialize' });
  }
}
