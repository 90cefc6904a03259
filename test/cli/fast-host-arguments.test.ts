import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFastHost } from '../../src/cli/fast-host-arguments.ts';

test('what units say needs no parser', () => {
  const name = 'notes';
  const bare = { name, roots: {}, supervise: false, revived: false };
  assert.deepEqual(parseFastHost(['host', name]), bare);
  assert.deepEqual(parseFastHost(['host', name, '--supervise', '--revived']), {
    ...bare,
    supervise: true,
    revived: true,
  });
  assert.deepEqual(parseFastHost(['host', name, '--config-dir', '/c', '--logs-dir', '/l', '--supervise']), {
    ...bare,
    roots: { configDir: '/c', logsDir: '/l' },
    supervise: true,
  });
});

const others = [
  ['host'],
  ['host', '--help'],
  ['host', 'notes', '--config-dir'],
  ['host', 'notes', '--config-dir', '--supervise'],
  ['host', 'notes', '--listen', '127.0.0.1'],
  ['host', 'notes', 'other'],
  ['status', 'notes'],
];
for (const args of others) {
  test(`${args.join(' ')} is left to the parser`, () => {
    assert.equal(parseFastHost(args), undefined);
  });
}
