// Whatever comes over the wire: an answer or a closed connection, never a crash, nothing outside its own directories.
import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { randomFrom } from '../../scripts/bench/corpus.ts';
import { ensureBuilt } from '../../scripts/cli.ts';
import { syncFileNames } from '../../src/service/sync-protocol.ts';
import { get, HostHome } from '../support/host-home.ts';
import { brokenRequest, randomRequest } from './random-requests.ts';

const total = Number(process.env.MEMORYD_FUZZ_RUNS ?? 50_000);
const seed = Number(process.env.MEMORYD_FUZZ_SEED ?? 1);
const onOneConnection = 40;
const atOnce = 8;
const secret = 'what lies outside is nobody else its business';

/** Puts something worth finding at every place that a path may climb to. */
function plant(home: HostHome): void {
  const { data } = home.paths;
  const above = [join(data, 'projects'), data, join(data, '..'), home.roots.data, home.path];
  for (const directory of above) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const name of [...syncFileNames, 'secret']) writeFileSync(join(directory, name), secret);
  }
}

/** Every file below the home but logs and what the daemon keeps in its data directory, with its content. */
function outside(home: HostHome): Map<string, string> {
  const seen = new Map<string, string>();
  for (const name of readdirSync(home.path, { recursive: true }).map(String)) {
    const path = join(home.path, name);
    const kept = relative(home.paths.data, path);
    if (path.startsWith(home.paths.logs) || /^(memories\.db|projects\/[^/]+(\/|$))/.test(kept)) continue;
    seen.set(name, lstatSync(path).isFile() ? readFileSync(path, 'latin1') : '');
  }
  for (const name of [...syncFileNames, 'secret']) {
    const planted = join(home.paths.data, 'projects', name);
    seen.set(relative(home.path, planted), readFileSync(planted, 'latin1'));
  }
  return seen;
}

/**
 * One connection: so many requests sent at once, answered in turn, then something that ends it. Gives all that came back,
 * and how many requests were answered: a header that is there twice ends the connection early.
 */
function exchange(
  port: number,
  requests: readonly string[],
  last: string,
): Promise<{ received: string; answers: number }> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    let answers = 0;
    let from = 0;
    socket.setEncoding('latin1').setTimeout(60_000, () => {
      const stuck = requests[answers] ?? last;
      socket.destroy(new Error(`after ${answers} answers, none to ${JSON.stringify(stuck.slice(0, 2000))}`));
    });
    socket.on('data', (text: string) => {
      received += text;
      const pattern = /HTTP\/1\.1 [2-5]\d\d /g;
      pattern.lastIndex = from;
      for (let match = pattern.exec(received); match !== null; match = pattern.exec(received)) {
        answers += 1;
        from = pattern.lastIndex;
        if (answers === requests.length) socket.end(Buffer.from(last, 'latin1'));
      }
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('close', () => resolve({ received, answers }));
    socket.write(Buffer.from(requests.join(''), 'latin1'));
  });
}

/** Clients that take for ever: half with their headers, half with their body. */
function dawdle(port: number, token: string): { sockets: Socket[]; stop(): void } {
  const begin = `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n`;
  const sockets = Array.from({ length: 100 }, (_, n) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => socket.destroy());
    socket.resume().write(n % 2 === 0 ? begin : `${begin}Content-Length: 100000\r\n\r\n{`);
    return socket;
  });
  const timer = setInterval(() => {
    for (const [n, socket] of sockets.entries()) if (socket.writable) socket.write(n % 2 === 0 ? 'X' : ' ');
  }, 100);
  return {
    sockets,
    stop() {
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
    },
  };
}

function logLines(home: HostHome): string[] {
  const files = readdirSync(home.paths.logs).map((file) => readFileSync(join(home.paths.logs, file), 'utf8'));
  return files.join('').split('\n');
}

const memoryd = await ensureBuilt();

test(`${total} random requests`, async (t) => {
  const off = { rateLimit: 0 };
  await using home = await HostHome.create({ daemon: { sync: off, sessions: { ...off, maxSessions: 50 } } });
  plant(home);
  const child = home.spawnCli([], {}, memoryd);
  const { endpoint } = await home.ready();
  const token = readFileSync(home.paths.token, 'utf8').trim();
  const host = `127.0.0.1:${home.port}`;
  const before = outside(home);
  const random = randomFrom(seed);
  const statuses = new Map<string, number>();
  const slow = dawdle(home.port, token);
  t.after(() => slow.stop());
  let sent = 0;
  const hammer = async () => {
    while (sent < total) {
      const requests = Array.from({ length: onOneConnection - 1 }, () => randomRequest(random, host, token));
      sent += onOneConnection;
      const last = brokenRequest(random, host, token);
      // What a closed connection left goes over the next one.
      for (let left = requests; ; ) {
        const { received, answers } = await exchange(home.port, left, last);
        assert.equal(received.includes(secret), false, 'something from outside was read');
        for (const [, status = ''] of received.matchAll(/HTTP\/1\.1 (\d{3}) /g))
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (answers >= left.length) break;
        left = left.slice(Math.max(1, answers));
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, hammer));
  t.diagnostic(`${sent} sent, answers: ${JSON.stringify(Object.fromEntries([...statuses].toSorted()))}`);
  const open = slow.sockets.filter(({ destroyed }) => !destroyed).length;
  assert.equal((await get(home.port, '/health')).json.nonce, endpoint.nonce, 'it is still the same one');
  t.diagnostic(`${open} of ${slow.sockets.length} slow clients still there`);
  for (const reached of ['200', '400', '401', '403', '404', '405', '415', '431'])
    assert.ok((statuses.get(reached) ?? 0) > 0, `no ${reached}`);
  for (const status of statuses.keys()) assert.ok(Number(status) < 500, status);
  assert.equal(child.exitCode, null);
  assert.equal((await home.ready()).report.restarts, 0);
  const failed = logLines(home).filter((line) => /"event":"[\w.]*fail/.test(line));
  assert.deepEqual(failed, [], 'no request was an internal error');
  assert.deepEqual(outside(home), before, 'something outside its directories was changed');
  for (const name of readdirSync(home.paths.data))
    assert.ok(
      ['projects', 'secret', ...syncFileNames].includes(name) || /^memories\.db(-wal|-shm)?$/.test(name),
      name,
    );
  const ready = await get(home.port, '/readyz', { authorization: `Bearer ${token}` });
  assert.equal(ready.status, 200);
});
