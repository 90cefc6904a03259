import { no, type ProbeAnswer, yes } from '../../service/probe-answer.ts';
import { addressText } from './failure-text.ts';
import { askHttp, statusText } from './request.ts';

interface ProbeAddress {
  host: string;
  port: number;
}

const initialize = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'memoryd-probe', version: '1' },
  },
});

/** Whether the text is a result of initialize, as JSON or as the first event of a stream. */
function isInitialized(text: string): boolean {
  const messages = text.startsWith('{')
    ? [text]
    : [...text.matchAll(/^data: ?(\{.*\})\r?$/gm)].map(([, json]) => json);
  return messages.some((json) => {
    try {
      const message = JSON.parse(json as string) as { id?: unknown; result?: { serverInfo?: unknown } };
      return message.id === 1 && message.result?.serverInfo !== undefined;
    } catch {
      // The message is not complete yet.
      return false;
    }
  });
}

/**
 * Sends `initialize` to a Streamable HTTP server. A session that it opens is deleted again, so that probes do not fill
 * its table. Never throws.
 */
export async function probeMcp(
  { host, port }: ProbeAddress,
  path: string,
  timeoutMs: number,
): Promise<ProbeAnswer> {
  const headers = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };
  const address = { host, port, path, timeoutMs };
  const answer = await askHttp({
    ...address,
    method: 'POST',
    headers,
    body: initialize,
    enough: isInitialized,
  });
  if (answer.kind === 'failed') return no(answer.why);
  const session = answer.headers['mcp-session-id'];
  if (typeof session === 'string') {
    await askHttp({ ...address, method: 'DELETE', headers: { 'mcp-session-id': session } });
  }
  const url = `http://${addressText({ host, port })}${path}`;
  if (answer.status !== 200) return no(`initialize: ${statusText(answer, url)}`);
  return isInitialized(answer.text) ? yes : no(`initialize: no result at ${url}`);
}
