import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import test from 'node:test';
import { listeningInodes } from '../../../src/platform/systemd/listeners.ts';
import { until } from '../../support/until.ts';

const skip = process.platform === 'linux' ? false : 'needs Linux';
const tables = () => ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFileSync(path, 'utf8'));
const uid = process.getuid?.() ?? -1;

test('finds who listens on a port in what this kernel prints, and only for the user asked', {
  skip,
}, async () => {
  for (const host of ['127.0.0.1', '::1']) {
    const server = createServer().listen(0, host);
    await until('it listens', () => server.listening);
    const { port } = server.address() as AddressInfo;
    const found = listeningInodes(tables(), port, uid);
    assert.equal(found.size, 1);
    assert.deepEqual(listeningInodes(tables(), port, uid), found);
    assert.equal(listeningInodes(tables(), port, uid + 1).size, 0);
    server.close();
    await until('it is closed', () => listeningInodes(tables(), port, uid).size === 0);
  }
});
