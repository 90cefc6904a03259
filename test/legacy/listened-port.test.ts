// The port of a legacy is what its processes listen on, if nothing tells it.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Candidate } from '../../src/legacy/detection-context.ts';
import { holdsPort, withListenedPort } from '../../src/legacy/listened-port.ts';
import { realSystem } from '../../src/system/system.ts';

const skip = process.platform === 'linux' ? false : 'reads /proc';

describe('the port of a running legacy', { skip }, () => {
  const system = realSystem();
  let server: Server;
  let port: number;
  before(async () => {
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as { port: number }).port;
  });
  after(() => server.close());

  // This process is the daemon.
  const candidate = (changes: Partial<Candidate>) =>
    ({
      kind: 'process',
      run: { kind: 'running', pid: process.pid },
      port: 8000,
      portTold: false,
      ...changes,
    }) as Candidate;

  it('is the one that its process listens on', async () => {
    assert.equal((await withListenedPort(system, candidate({}))).port, port);
  });

  it('stays as it is told, of a stopped one, and where nothing listens', async () => {
    assert.equal((await withListenedPort(system, candidate({ portTold: true }))).port, 8000);
    assert.equal((await withListenedPort(system, candidate({ run: { kind: 'stopped' } }))).port, 8000);
    const gone = candidate({ run: { kind: 'running', pid: 2 ** 22 } });
    assert.equal((await withListenedPort(system, gone)).port, 8000);
  });

  it('is not taken by another program for the migration of its own daemon', async () => {
    const nobody = () => false;
    const own = { run: candidate({}).run, port: 8000 };
    const other = { ...own, run: { kind: 'running', pid: 2 ** 22 } } as const;
    assert.equal(await holdsPort(system, own, port, nobody), true);
    assert.equal(await holdsPort(system, other, port, nobody), false);
    assert.equal(await holdsPort(system, { ...own, run: { kind: 'stopped' } }, port, nobody), false);
    assert.equal(await holdsPort(system, { ...other, port }, port, nobody), true);
  });
});
