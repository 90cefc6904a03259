import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { detectListeners } from '../../../src/legacy/process/detect.ts';
import { probeListeners } from '../../../src/legacy/process/probe.ts';
import { realSystem } from '../../../src/system/system.ts';
import { lookout } from '../detection-context.ts';

test('X03 who listens on a known port is told unless another finding explains it, and never moved', () => {
  const listeners = [
    { port: 3847, pid: 9, argv: ['node', '/srv/mneme-server.mjs'] as [string, ...string[]], runsAs: 'bob' },
    { port: 37_777, pid: undefined, argv: undefined, runsAs: 'root' },
    { port: 37_700, pid: 10, argv: ['nc', '-l', '37700'] as [string, ...string[]], runsAs: 'bob' },
    { port: 8000, pid: 11, argv: ['python3', '-m', 'http.server'] as [string, ...string[]], runsAs: 'bob' },
  ];
  const running = { kind: 'running', pid: 9 } as const;
  const rest = detectListeners(listeners, [{ run: running, port: 3847 }], lookout);
  assert.deepEqual(
    rest.map(({ port, handling }) => [port, handling.kind]),
    [
      [37_777, 'report'],
      [37_700, 'report'],
    ],
  );
  const all = detectListeners(listeners, [], lookout);
  assert.deepEqual(
    all.map(({ port, daemon }) => [port, daemon]),
    [
      [3847, 'claude-mneme'],
      [37_777, undefined],
      [37_700, undefined],
    ],
  );
});

test('a process that holds a known port is seen with its words and its account', {
  skip: process.platform !== 'linux' && 'the sockets of Linux',
}, async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const [daemon] = lookout.known;
  assert.ok(daemon !== undefined);
  const uid = process.getuid?.() ?? 0;
  const seen = await probeListeners(
    realSystem(),
    [{ ...daemon, ports: [port] }],
    new Map([[uid, 'whoever']]),
  );
  assert.deepEqual(
    seen.map(({ pid, runsAs }) => [pid, runsAs]),
    [[process.pid, 'whoever']],
  );
  assert.equal(seen[0]?.argv?.[0], process.argv0);
  assert.deepEqual(await probeListeners(realSystem(), [{ ...daemon, ports: [] }], new Map()), []);
});
