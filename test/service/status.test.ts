import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatusObservation } from '../../src/service/status-observation.ts';
import { statusOf } from '../../src/service/status-of.ts';
import type { ProcessState, RegisteredUnit } from '../../src/service/unit.ts';

function registered(process: ProcessState, more: Partial<RegisteredUnit> = {}): RegisteredUnit {
  const unit = {
    kind: 'registered',
    path: '/unit',
    enabled: 'enabled',
    dropIns: [],
    needsReload: false,
  } as const;
  return { ...unit, dropIns: [], process, ...more };
}

const seen: StatusObservation = {
  name: 'memory',
  backend: 'launchd',
  unit: registered({ kind: 'running', pid: 1 }),
  definition: 'valid',
  startAtLogin: true,
  receipt: { kind: 'absent' },
  layers: { endpoint: 'absent', process: 'gone', http: 'not-asked' },
  running: undefined,
  drift: 'none',
  gaveUp: undefined,
  stopIntent: false,
  interrupted: false,
  exposed: [],
  exposure: { kind: 'absent' },
  paths: { config: '', data: '', logs: '', runtime: '', app: '', token: '' },
};
const cli = { version: '1', build: 'b' };

test('M03 what a backend has to say of a unit is among the notes', () => {
  const unit = registered({ kind: 'running', pid: 1 }, { note: 'runs in user/501' });
  const texts = statusOf({ ...seen, unit }, cli).notes.map(({ text }) => text);
  assert.deepEqual(texts, ['runs in user/501']);
  assert.deepEqual(statusOf(seen, cli).notes, []);
});

test('private files that others may open are named, with what closes them', () => {
  const exposed = [
    { path: '/s/token', kind: 'open' },
    { path: '/s/memory.json', kind: 'not-ours' },
  ] as const;
  assert.deepEqual(statusOf({ ...seen, exposed: [...exposed] }, cli).notes, [
    { text: '/s/token is open to other users', hint: 'memoryd start memory' },
    { text: '/s/memory.json belongs to another user', hint: 'memoryd start memory' },
  ]);
});

test('a process that does not answer is starting', () => {
  assert.equal(statusOf(seen, cli).state, 'starting');
});

const whileParked: ProcessState[] = [
  { kind: 'running', pid: 1 },
  { kind: 'starting' },
  { kind: 'waiting', reason: 'the throttle' },
  { kind: 'failed', reason: 'exit 78' },
];
for (const process of whileParked) {
  test(`M10 a host that gave up has failed, for its own reason, while its process is ${process.kind}`, () => {
    const status = statusOf({ ...seen, unit: registered(process), gaveUp: 'ended badly 5 times' }, cli);
    assert.equal(status.state, 'failed');
    assert.equal(status.reason, 'ended badly 5 times');
  });
}

test('M10 one that gave up and was stopped then is stopped', () => {
  const unit = registered({ kind: 'stopped' });
  assert.equal(statusOf({ ...seen, unit, gaveUp: 'ended badly 5 times' }, cli).state, 'stopped');
});

test('M02 that it does not start at login is worth a note where it should', () => {
  const unit = registered({ kind: 'stopped' }, { enabled: 'disabled' });
  const hints = (startAtLogin: boolean) =>
    statusOf({ ...seen, unit, startAtLogin }, cli).notes.map(({ hint }) => hint);
  assert.deepEqual(hints(true), ['memoryd install memory']);
  assert.deepEqual(hints(false), []);
});

test('who holds the connections of its port, and why its socket lies elsewhere, is among the notes', () => {
  const connections = { anonymous: 256, anonymousLimit: 256, authenticated: 0, evicted: 0, users: null };
  const running = {
    ...{ url: 'http://127.0.0.1:1', port: 1, pid: 1, startedAt: '', version: '1', build: 'b', uptimeMs: 1 },
    ...({ rssBytes: 1, restarts: 0, phase: 'ready', counters: {}, connections } as const),
    refusedRuntimes: [{ path: '/run/user/1/memoryd', why: 'ENOSPC: no space left on device, write' }],
  };
  const layers = { endpoint: 'found', process: 'identified', http: 'overloaded' } as const;
  const status = statusOf({ ...seen, running, layers }, cli);
  assert.equal(status.state, 'running');
  assert.equal(status.healthy, false);
  assert.deepEqual(status.connections, connections);
  assert.deepEqual(
    status.notes.map(({ text }) => text),
    [
      '256 of 256 connection places are held by clients that sent no token',
      '/run/user/1/memoryd could not hold its socket: ENOSPC: no space left on device, write',
    ],
  );
});

test('X05 that others held the port, and who, is a note with what to do', () => {
  const exposure = {
    schema: 1,
    port: 8353,
    uid: 1002,
    at: '2026-11-30T12:00:00.000Z',
    served: false,
  } as const;
  const notesOf = (uid: number | null) =>
    statusOf({ ...seen, exposure: { kind: 'valid', exposure: { ...exposure, uid } } }, cli).notes;
  const [note] = notesOf(1002);
  assert.match(note?.text ?? '', /^port 8353 was held by another user \(uid 1002\) at 2026-11-30/);
  assert.equal(note?.hint, 'memoryd token memory');
  assert.match(notesOf(null)[0]?.text ?? '', /held by another program at/);
  const invalid = statusOf({ ...seen, exposure: { kind: 'invalid', why: 'no JSON' } }, cli).notes;
  assert.equal(invalid[0]?.hint, 'memoryd token memory --rotate');
});

test('N08: a store that cannot be used is in the headline, with what helps', () => {
  const store = {
    kind: 'damaged',
    reason: '/d/memories.db is damaged',
    hint: 'memoryd repair memory',
  } as const;
  const layers = { endpoint: 'found', process: 'identified', http: 'healthy' } as const;
  const running = {
    ...{ url: 'http://127.0.0.1:8350', port: 8350, pid: 1, startedAt: '', version: '1', build: 'b' },
    ...({ uptimeMs: 1, rssBytes: 1, restarts: 0, phase: 'ready', counters: {} } as const),
  };
  const whole = statusOf({ ...seen, layers, running }, cli);
  assert.deepEqual([whole.healthy, whole.reason, whole.store], [true, null, null]);
  const damaged = statusOf({ ...seen, layers, running: { ...running, store } }, cli);
  assert.deepEqual([damaged.healthy, damaged.reason, damaged.store], [false, store.reason, store]);
  assert.deepEqual(damaged.notes, [{ text: 'memories cannot be used', hint: 'memoryd repair memory' }]);
});
