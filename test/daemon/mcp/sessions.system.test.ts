import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startTestDaemon, type TestDaemon, token } from '../../support/daemon.ts';
import { holdClock } from '../../support/held-clock.ts';
import { until } from '../../support/until.ts';

const unlimited = { rateLimit: 0 };

function initializeBody(client = 'tester') {
  const clientInfo = { name: client, version: '1' };
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
  return { jsonrpc: '2.0', id: 1, method: 'initialize', params };
}

const listTools = { jsonrpc: '2.0', id: 2, method: 'tools/list' };

async function open({ post }: TestDaemon, client?: string): Promise<string> {
  const answer = await post(initializeBody(client));
  assert.equal(answer.status, 200, answer.text);
  const id = answer.headers['mcp-session-id'];
  assert.ok(typeof id === 'string');
  return id;
}

async function statusOf({ post }: TestDaemon, id: string): Promise<number> {
  return (await post(listTools, { 'mcp-session-id': id })).status;
}

async function assertGone({ post }: TestDaemon, id: string, reason: string): Promise<void> {
  const answer = await post(listTools, { 'mcp-session-id': id });
  assert.equal(answer.status, 404);
  assert.equal(answer.json.jsonrpc, '2.0');
  assert.equal(answer.json.error.code, -32_001);
  assert.deepEqual(answer.json.error.data, { reason, next: 'initialize' });
  assert.match(answer.json.error.message, /send initialize/);
}

/** The client of a session that has ended goes on, and the log says so once. */
async function assertContinues(running: TestDaemon, id: string, reason: string): Promise<void> {
  assert.equal(await statusOf(running, id), 200);
  assert.equal(await statusOf(running, id), 200);
  const told = running.lines.filter(({ event, fields }) => event === 'session.continued' && fields.id === id);
  assert.deepEqual(told, [{ event: 'session.continued', fields: { id, reason } }]);
}

test('a session opens with its own log line, serves, and closes with another', async (t) => {
  const running = await startTestDaemon(t);
  const id = await open(running, 'claude-code');
  assert.equal(await statusOf(running, id), 200);
  const deleted = await running.ask('DELETE', '/mcp', { 'mcp-session-id': id });
  assert.equal(deleted.status, 204);
  await assertGone(running, id, 'client_closed');
  const [created, closed] = running.lines;
  assert.deepEqual(created, { event: 'session.created', fields: { id, client: 'claude-code' } });
  assert.equal(closed?.event, 'session.closed');
  assert.equal(typeof closed?.fields.durationMs, 'number');
  assert.deepEqual(
    { ...closed?.fields, durationMs: 0 },
    { id, client: 'claude-code', durationMs: 0, reason: 'client_closed' },
  );
});

test('N37: the client of an idle session goes on, without an event stream, until it closes it', async (t) => {
  const clock = holdClock();
  const running = await startTestDaemon(t, { clock, settings: { sessions: { idleTimeoutSecs: 60 } } });
  const id = await open(running);
  clock.advance(59_000);
  assert.equal(await statusOf(running, id), 200);
  clock.advance(60_000);
  await assertContinues(running, id, 'idle_timeout');
  assert.equal(running.daemon.counters().sessionsOpen, 0);
  const headers = { 'mcp-session-id': id, accept: 'text/event-stream' };
  assert.equal((await running.ask('GET', '/mcp', headers)).status, 405);
  assert.equal((await running.ask('DELETE', '/mcp', { 'mcp-session-id': id })).status, 204);
  await assertGone(running, id, 'client_closed');
});

test('a busy session is gone at its maximum lifetime', async (t) => {
  const clock = holdClock();
  const running = await startTestDaemon(t, { clock, settings: { sessions: { maxLifetimeSecs: 90 } } });
  const id = await open(running);
  clock.advance(60_000);
  assert.equal(await statusOf(running, id), 200);
  clock.advance(30_000);
  await assertGone(running, id, 'max_lifetime');
});

test('one session too many evicts the oldest; all their clients go on', async (t) => {
  const running = await startTestDaemon(t, { settings: { sessions: { maxSessions: 2, ...unlimited } } });
  const [first, second, third] = [await open(running), await open(running), await open(running)];
  await assertContinues(running, first, 'evicted');
  assert.equal(await statusOf(running, second), 200);
  assert.equal(await statusOf(running, third), 200);
  assert.equal(running.daemon.counters().sessionsOpen, 2);
  assert.equal(running.daemon.counters()['sessionsClosed.evicted'], 1);
});

test('over the rate: 429 with Retry-After, nobody evicted, fine again after the wait', async (t) => {
  const clock = holdClock();
  const sessions = { maxSessions: 2, rateLimit: 2, rateWindowSecs: 30 };
  const running = await startTestDaemon(t, { clock, settings: { sessions } });
  const [first, second] = [await open(running), await open(running)];
  clock.advance(9_500);
  const refused = await running.post(initializeBody());
  assert.equal(refused.status, 429);
  assert.equal(refused.headers['retry-after'], '21');
  assert.deepEqual(refused.json.error.data, { reason: 'session_rate', retryAfterSecs: 21 });
  assert.equal(await statusOf(running, first), 200);
  assert.equal(await statusOf(running, second), 200);
  assert.equal(running.daemon.counters().sessionsRefused, 1);
  clock.advance(21_000);
  await open(running);
});

test('N41: 60 clients of one user get in at once after a restart, by default', async (t) => {
  const running = await startTestDaemon(t);
  const ids = await Promise.all(Array.from({ length: 60 }, (_, i) => open(running, `client ${i}`)));
  assert.equal(new Set(ids).size, 60);
  assert.equal((await running.post(initializeBody())).status, 429);
});

test('an initialize that cannot be answered opens no session, and evicts none', async (t) => {
  const running = await startTestDaemon(t, { settings: { sessions: { maxSessions: 1 } } });
  const id = await open(running);
  assert.equal((await running.post(initializeBody(), { accept: 'application/json' })).status, 406);
  const { params: _, ...withoutParams } = initializeBody();
  assert.equal((await running.post(withoutParams)).status, 400);
  const { id: _id, ...notification } = initializeBody();
  for (const body of [notification, { ...initializeBody(), id: {} }, { ...initializeBody(), jsonrpc: '1.0' }])
    assert.equal((await running.post(body)).status, 400, JSON.stringify(body));
  assert.equal(running.daemon.counters().sessionsOpened, 1);
  const told = running.lines.filter(({ event }) => event.startsWith('session.'));
  assert.equal(told.length, 1);
  assert.equal(await statusOf(running, id), 200);
});

test('N37: the client of a session goes on after a restart; an invented id is told to open one', async (t) => {
  const before = await startTestDaemon(t);
  const id = await open(before);
  const after = await startTestDaemon(t);
  await assertContinues(after, id, 'daemon_restarted');
  const rotated = await startTestDaemon(t, { token: 'another-token' });
  const authorization = 'Bearer another-token';
  const answer = await rotated.post(listTools, { 'mcp-session-id': id, authorization });
  assert.equal(answer.status, 404);
  await assertGone(after, 'invented', 'unknown_session');
  await assertGone(after, '__proto__', 'unknown_session');
});

test('closing the daemon closes every session with reason shutdown', async (t) => {
  const running = await startTestDaemon(t);
  const ids = [await open(running), await open(running)];
  await running.daemon.close();
  const closed = running.lines.filter(({ event }) => event === 'session.closed');
  assert.deepEqual(
    closed.map(({ fields }) => [fields.id, fields.reason]),
    ids.map((id) => [id, 'shutdown']),
  );
});

test('an event stream that its client dropped can be opened again at once', async (t) => {
  const running = await startTestDaemon(t);
  const id = await open(running);
  const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream', 'mcp-session-id': id };
  const openStream = () =>
    new Promise<{ status: number; drop(): void }>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: running.port, path: '/mcp', headers, agent: false };
      const req = request(options, (res) => {
        res.resume();
        res.on('error', () => res.destroy());
        resolve({ status: res.statusCode ?? 0, drop: () => req.destroy() });
      });
      req.on('error', reject);
      req.end();
    });
  const first = await openStream();
  assert.equal(first.status, 200);
  first.drop();
  const second = await until(
    'the stream is free again',
    async () => {
      const stream = await openStream();
      return stream.status === 200 ? stream : undefined;
    },
    5_000,
  );
  second.drop();
});

/** Bytes that something still holds. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

test('1,001 open sessions all answer; what each costs is bounded, and given back when it closes', async (t) => {
  const sessions = { maxSessions: 0, ...unlimited };
  const running = await startTestDaemon(t, { settings: { sessions } });
  const one = await open(running);
  const before = heldBytes();
  const ids: string[] = [];
  for (let n = 0; n < 1_000; n += 1) ids.push(await open(running));
  const kilobytesEach = () => Math.round((heldBytes() - before) / 1_024 / ids.length);
  const whileOpen = kilobytesEach();
  for (const id of ids) assert.equal(await statusOf(running, id), 200);
  assert.equal(running.daemon.counters().sessionsOpen, 1_001);
  for (const id of ids) await running.ask('DELETE', '/mcp', { 'mcp-session-id': id });
  assert.equal(running.daemon.counters().sessionsOpen, 1);
  const afterwards = kilobytesEach();
  t.diagnostic(`heap held by each of 1,000 open sessions: ${whileOpen} KB; once closed: ${afterwards} KB`);
  assert.ok(whileOpen < 128, `${whileOpen} KB each`);
  assert.ok(afterwards < 8, `${afterwards} KB stay of each`);
  assert.equal(await statusOf(running, one), 200);
});
