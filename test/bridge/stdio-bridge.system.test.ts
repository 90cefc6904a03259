import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { Client } from '@modelcontextprotocol/client';
import { StdioBridge } from '../../src/bridge/stdio-bridge.ts';
import { StreamTransport } from '../../src/bridge/stream-transport.ts';
import { awaitOwnDaemon } from '../../src/runtime/own-daemon.ts';
import { HostHome } from '../support/host-home.ts';
import { until } from '../support/until.ts';

type Mode = 'legacy' | { pin: string };

/** A client on standard streams, and the bridge that it believes to be its server. */
async function bridged(t: TestContext, home: HostHome, mode: Mode = 'legacy', patienceMs = 15_000) {
  const [toBridge, fromBridge] = [new PassThrough(), new PassThrough()];
  const said: string[] = [];
  let looks = 0;
  const bridge = new StdioBridge({
    input: toBridge,
    output: fromBridge,
    locate({ wait, signal }) {
      looks += 1;
      return awaitOwnDaemon(home.system, home.roots, home.service, wait ? patienceMs : 0, signal);
    },
    clock: home.system.clock,
    say: (text) => said.push(text),
  });
  const running = bridge.run();
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
  t.after(async () => {
    await client.close();
    toBridge.end();
    await running;
  });
  const connect = () => client.connect(new StreamTransport(fromBridge, toBridge, (line) => said.push(line)));
  return { client, connect, said, end: () => toBridge.end(), running, looks: () => looks };
}

const store = (client: Client, content: string) =>
  client.callTool({ name: 'store_memory', arguments: { content } });
const search = async (client: Client, query: string) =>
  JSON.stringify(await client.callTool({ name: 'search_memories', arguments: { query } }));

for (const mode of ['legacy', { pin: '2026-07-28' }] as const) {
  describe(`a bridge for a client of ${typeof mode === 'string' ? 'the 2025 eras' : mode.pin}`, () => {
    it('passes everything on, and ends with its client', async (t) => {
      await using home = await HostHome.create();
      home.spawn({}, '--bundled');
      await home.ready();
      const { client, connect, end, running } = await bridged(t, home, mode);
      await connect();
      assert.equal(client.getServerVersion()?.name, 'memoryd');
      assert.ok((await client.listTools()).tools.some(({ name }) => name === 'store_memory'));
      assert.ok((await client.listPrompts()).prompts.some(({ name }) => name === 'load_context'));
      await store(client, 'bridges are made of stone');
      assert.match(JSON.stringify(await client.readResource({ uri: 'memory://recent' })), /made of stone/);
      assert.match(await search(client, 'stone'), /bridges are made of stone/);
      end();
      await running;
    });

    it('finds a daemon that was killed and came back, and opens the session again', async (t) => {
      await using home = await HostHome.create();
      const host = home.spawn({}, '--bundled');
      const before = await home.ready();
      const { client, connect } = await bridged(t, home, mode);
      await connect();
      await store(client, 'bridges outlive the river');
      host.kill('SIGKILL');
      await until('it is gone', () => host.exitCode !== null || host.signalCode !== null);
      home.spawn({}, '--bundled');
      assert.match(await search(client, 'river'), /bridges outlive the river/);
      assert.notEqual((await home.ready()).endpoint.nonce, before.endpoint.nonce);
    });

    it('answers each call that a new daemon can answer, however many wait for it', async (t) => {
      await using home = await HostHome.create();
      let host = home.spawn({}, '--bundled');
      await home.ready();
      const { client, connect } = await bridged(t, home, mode);
      await connect();
      await store(client, 'bridges outlive the river');
      for (let round = 0; round < 3; round += 1) {
        host.kill('SIGKILL');
        await until('it is gone', () => host.exitCode !== null || host.signalCode !== null);
        const searches = Array.from({ length: 5 }, () => search(client, 'river'));
        host = home.spawn({}, '--bundled');
        for (const found of await Promise.all(searches)) assert.match(found, /outlive the river/);
      }
    });

    it('waits for a daemon that is only starting', async (t) => {
      await using home = await HostHome.create();
      const { client, connect } = await bridged(t, home, mode);
      const connected = connect();
      home.spawn({}, '--bundled');
      await connected;
      assert.equal(client.getServerVersion()?.name, 'memoryd');
    });
  });
}

describe('a bridge without a daemon', () => {
  it('answers with an error that says what to try, instead of hanging', async (t) => {
    await using home = await HostHome.create();
    const { connect, said } = await bridged(t, home, 'legacy', 100);
    await assert.rejects(connect(), new RegExp(`try: memoryd start ${home.service}`));
    assert.equal(said.length, 1);
  });

  it('ends with its client while it waits for a daemon', async (t) => {
    await using home = await HostHome.create();
    const { connect, end, running, looks } = await bridged(t, home, 'legacy', 60_000);
    connect().catch(() => undefined);
    await until('it looks for a daemon', () => looks() > 0);
    let ended = false;
    const noted = running.then(() => {
      ended = true;
    });
    end();
    await until('the bridge ends', () => ended);
    await noted;
  });

  it('sends no token to a stranger on the port (X05)', async (t) => {
    await using home = await HostHome.create();
    const host = home.spawn({}, '--bundled');
    const { endpoint } = await home.ready();
    // The host lives and answers on its control channel, but its port is somebody else's by now.
    const published = await home.system.files.read(((await home.find()) as { path: string }).path);
    assert.equal(published.kind, 'content');
    const { createServer } = await import('node:http');
    const seen: (string | undefined)[] = [];
    const stranger = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end('{}');
    }).listen(0, '127.0.0.1');
    t.after(() => stranger.close());
    await until('it listens', () => stranger.listening);
    const { port } = stranger.address() as { port: number };
    const lie = { ...endpoint, url: `http://127.0.0.1:${port}`, port };
    await home.system.files.write(((await home.find()) as { path: string }).path, JSON.stringify(lie), 0o600);
    // The private socket leads to the host all the same, and nobody asks at the port.
    const { client, connect } = await bridged(t, home, 'legacy', 100);
    await connect();
    assert.ok((await client.listTools()).tools.length > 0);
    assert.deepEqual(seen, []);
    host.kill('SIGKILL');
  });
});
