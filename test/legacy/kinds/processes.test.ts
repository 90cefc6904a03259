import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectListeners } from '../../../src/legacy/kinds/processes.ts';
import { lookout } from '../lookout.ts';

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
