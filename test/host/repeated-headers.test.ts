import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { HostHome } from '../support/host-home.ts';

/** Sends a request as it is given, and gives the whole answer. */
async function send(port: number, lines: readonly string[], target = '/health'): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.end(`${[`GET ${target} HTTP/1.1`, ...lines, 'Connection: close', '', ''].join('\r\n')}`);
  await once(socket, 'close');
  return text;
}

test('a header that decides who asks, and is there twice, is answered 400', async () => {
  await using home = await HostHome.create();
  home.spawn();
  await home.ready();
  const host = `Host: 127.0.0.1:${home.port}`;
  const twice: string[][] = [
    [host, host],
    [host, 'host: evil.example'],
    ['HOST: evil.example', host],
    [host, 'Authorization: Bearer a', 'Authorization: Bearer b'],
    [host, 'Origin: http://localhost', 'Origin: https://evil.example'],
    [host, 'Mcp-Session-Id: a', 'mcp-session-id: b'],
    [host, 'Content-Length: 0', 'Content-Length: 1'],
    [host, 'Content-Length: 1', 'Transfer-Encoding: chunked'],
  ];
  for (const lines of twice) {
    for (const target of ['/health', '/anything'])
      assert.match(await send(home.port, lines, target), /^HTTP\/1\.1 400 /, lines.join(', '));
  }
  assert.match(await send(home.port, []), /^HTTP\/1\.1 400 /, 'none at all');
  assert.match(await send(home.port, [host, 'Accept: a/b', 'Accept: c/d']), /^HTTP\/1\.1 200 /);
});
