import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { firstPort, portCandidates, portCount } from '../../src/service/port.ts';

// The vectors that graphiti v2.0 specified.
const vectors: Record<string, number> = {
  alice: 8353,
  bob: 8382,
  root: 8368,
  user: 8379,
  runner: 8376,
  ubuntu: 8324,
  José: 8363,
};

for (const [user, port] of Object.entries(vectors)) {
  test(`${user} prefers ${port}`, () => {
    assert.equal(portCandidates(user, 'memory', 'linux')[0], port);
  });
}

test('a name typed with combining accents is the same name', () => {
  assert.deepEqual(
    portCandidates('José'.normalize('NFD'), 'memory', 'linux'),
    portCandidates('José', 'memory', 'linux'),
  );
});

test('Windows ignores case in user names, others do not', () => {
  assert.deepEqual(portCandidates('Alice', 'memory', 'win32'), portCandidates('alice', 'memory', 'win32'));
  assert.notDeepEqual(portCandidates('Alice', 'memory', 'linux'), portCandidates('alice', 'memory', 'linux'));
});

test('services of one user hash apart', () => {
  assert.notEqual(
    portCandidates('alice', 'notes', 'linux')[0],
    portCandidates('alice', 'memory', 'linux')[0],
  );
});

test('every port of the range is a candidate exactly once', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (user, service) => {
      const ports = portCandidates(user, service, 'linux');
      assert.deepEqual(
        ports.toSorted((a, b) => a - b),
        Array.from({ length: portCount }, (_, i) => firstPort + i),
      );
    }),
  );
});
