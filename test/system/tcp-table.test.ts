import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { countByUser, readTcpRows, tcpTables } from '../../src/system/tcp-table.ts';

const skip = process.platform === 'linux' ? false : 'reads /proc';
const uid = process.getuid?.() ?? -1;

/** Two connections from `from` to a server on `host`, and what this kernel says of them. */
async function connected(host: string, to: string) {
  const accepted: Socket[] = [];
  const server = createServer((socket) => accepted.push(socket)).listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const clients = [connect(port, to), connect(port, to)];
  for (const client of clients) await once(client, 'connect');
  while (accepted.length < 2) await once(server, 'connection');
  const peers = accepted.map(({ remoteAddress = '', remotePort = 0 }) => ({
    address: remoteAddress,
    port: remotePort,
  }));
  const tables = await tcpTables();
  for (const socket of [...clients, ...accepted]) socket.destroy();
  server.close();
  return { port, peers, tables };
}

for (const [host, to] of [
  ['127.0.0.1', '127.0.0.1'],
  ['::1', '::1'],
  ['::', '127.0.0.1'],
] as const) {
  test(`the users of connections from ${to} to ${host} are found in what this kernel prints`, {
    skip,
  }, async () => {
    const { port, peers, tables } = await connected(host, to);
    assert.deepEqual(countByUser(tables, port, peers), [{ uid, connections: 2 }]);
    assert.deepEqual(countByUser(tables, port, peers.slice(1)), [{ uid, connections: 1 }]);
    assert.deepEqual(countByUser(tables, port, []), []);
    const gone = Array.from({ length: 6 }, (_, at) => ({ address: '10.1.2.3', port: at + 1 }));
    assert.deepEqual(countByUser(tables, port, gone), [{ uid, connections: 6 }], 'shared out as all are');
    assert.deepEqual(countByUser([], port, gone), []);
  });
}

test('the rows of one port are those that have it at either end', { skip }, async () => {
  const { port, tables } = await connected('127.0.0.1', '127.0.0.1');
  const all = tables.flatMap((table) => readTcpRows(table));
  const ofPort = all.filter(({ local, remote }) => local.port === port || remote.port === port);
  assert.deepEqual(
    tables.flatMap((table) => readTcpRows(table, port)),
    ofPort,
  );
  assert.equal(ofPort.length >= 5, true, 'a listener and two ends of two connections');
});

test('a table that is empty, or cut off, has no rows', () => {
  assert.deepEqual(readTcpRows(''), []);
  assert.deepEqual(readTcpRows('  sl  local_address rem_address   st\n   0: 0100007F:'), []);
});
