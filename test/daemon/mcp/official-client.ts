import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { Client, type ClientOptions, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { type TestDaemon, token } from '../../support/daemon.ts';

export type Mode = NonNullable<ClientOptions['versionNegotiation']>['mode'];

export const eras: [name: string, mode: Mode, era: string][] = [
  ['2025 era, with sessions', 'legacy', 'legacy'],
  ['2026-07-28, without sessions', { pin: '2026-07-28' }, 'modern'],
  ['whichever the client finds', 'auto', 'modern'],
];

/** The official client, connected to a daemon. */
export async function connect(t: TestContext, { url }: TestDaemon, mode: Mode) {
  const client = new Client(
    { name: 'the-official-client', version: '1.0.0' },
    { versionNegotiation: { mode: mode as never } },
  );
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  });
  await client.connect(transport);
  t.after(() => client.close());
  return client;
}

/** Calls a tool, which must succeed, and gives its result. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers as they come
export async function call(client: Client, tool: string, args: Record<string, unknown> = {}): Promise<any> {
  const result = await client.callTool({ name: tool, arguments: args });
  assert.notEqual(result.isError, true, JSON.stringify(result.content));
  const [content] = result.content;
  assert.ok(content?.type === 'text');
  assert.deepEqual(JSON.parse(content.text), result.structuredContent);
  return result.structuredContent;
}
