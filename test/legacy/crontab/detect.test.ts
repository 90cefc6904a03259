import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectCrontab, keptMark } from '../../../src/legacy/crontab/detect.ts';
import { asking, lookout } from '../detection-context.ts';

test('an @reboot line that needs a shell is told, and one that only redirects is moved', () => {
  const lines = [
    '# @reboot node /srv/mneme-server.mjs',
    '0 0 * * * node /srv/mneme-server.mjs',
    '@reboot node /srv/mneme-server.mjs >>/tmp/log 2>&1 &',
    '@reboot cd /srv && node mneme-server.mjs',
  ];
  const processes = [{ pid: 42, argv: ['node', '/srv/mneme-server.mjs'] }];
  const found = detectCrontab({ lines, processes }, asking('crontab:cd /srv && node mneme-server.mjs'));
  assert.deepEqual(
    found.map(({ run, handling }) => [run.kind, handling.kind]),
    [
      ['running', 'migrate'],
      ['stopped', 'report'],
    ],
  );
});

test('a line runs with the variables above it and before it, and with none of cron’s own', () => {
  const lines = [
    'SHELL=/bin/sh',
    'MNEME_LEVEL = "two words"',
    "OTHER='x'",
    '@reboot A=1 node /srv/mneme-server.mjs',
    'LATER=y',
  ];
  const [found] = detectCrontab({ lines, processes: [] }, lookout);
  assert.deepEqual(found?.command, ['node', '/srv/mneme-server.mjs']);
  assert.deepEqual(found.environment, { MNEME_LEVEL: 'two words', OTHER: 'x', A: '1' });
});

test('what cron makes a newline of is left to cron', () => {
  const line = '@reboot node /srv/mneme-server.mjs --at %H';
  const ids = [`crontab:${line.slice('@reboot '.length)}`];
  const [found] = detectCrontab({ lines: [line], processes: [] }, asking(...ids));
  assert.equal(found?.handling.kind, 'report');
});

test('X03 of several processes that run the same words none is taken for the line’s', () => {
  const argv = ['node', '/srv/mneme-server.mjs'];
  const processes = [1, 2].map((pid) => ({ pid, argv }));
  const [found] = detectCrontab({ lines: ['@reboot node /srv/mneme-server.mjs'], processes }, lookout);
  assert.equal(found?.run.kind, 'unknown');
  assert.equal(found.handling.kind, 'report');
});

test('a line that was kept is found again, and nothing that runs is taken for its', () => {
  const argv = ['node', '/srv/mnéme/mneme-server.mjs'];
  const bytes = Buffer.from('@reboot node /srv/mnéme/mneme-server.mjs', 'utf8').toString('latin1');
  const [found] = detectCrontab({ lines: [`${keptMark}${bytes}`], processes: [{ pid: 7, argv }] }, lookout);
  assert.deepEqual(found?.command, argv);
  assert.equal(found.run.kind, 'stopped');
  assert.equal(found.starts, 'disabled');
});
