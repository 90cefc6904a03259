import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectSystemUnits, detectUserUnits, type UnitFacts } from '../../../src/legacy/systemd/detect.ts';
import { lookout } from '../detection-context.ts';

const unit = (name: string, text: string): UnitFacts => ({
  name,
  path: `/etc/systemd/system/${name}`,
  texts: [text],
  environmentFiles: new Map([['/etc/default/mneme', 'KEY="a b"\n']]),
  run: { kind: 'running', pid: 9 },
  starts: 'enabled',
  closed: [],
  triggers: [],
});

test('a unit’s account decides whose data and whose business it is', () => {
  const exec = 'ExecStart=/usr/bin/node /srv/mneme-server.mjs\n';
  const found = detectSystemUnits(
    [
      unit('a.service', `[Service]\n${exec}`),
      unit('b.service', `[Service]\nUser=mneme\nEnvironmentFile=-/etc/default/mneme\n${exec}`),
      unit('c.service', `[Service]\nUser=alice\n${exec}`),
      unit('d.service', `[Service]\nUser=bob\n${exec}`),
      unit('e.service', '[Service]\nExecStart=/bin/sleep 1\n'),
    ],
    lookout,
  );
  assert.deepEqual(
    found.map(({ name, runsAs, dataPath, handling }) => [name, runsAs, dataPath, handling.kind]),
    [
      ['a.service', 'root', '/root/.mneme-server', 'migrate'],
      ['b.service', 'mneme', '/var/lib/mneme/.mneme-server', 'migrate'],
      ['c.service', 'alice', '/home/alice/.mneme-server', 'report'],
      ['d.service', 'bob', '/home/bob/.mneme-server', 'migrate'],
    ],
  );
  assert.deepEqual(found[1]?.environment, { KEY: 'a b' });
});

test('variables of environment files are filled in where ExecStart= names them', () => {
  const text =
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of systemd's
    '[Service]\nEnvironment=KEY=x BIND=0\nEnvironmentFile=/etc/default/mneme\nExecStart=/bin/memory-mcp serve --bind ${BIND} $KEY\n';
  const [found] = detectSystemUnits([unit('m.service', text)], lookout);
  assert.deepEqual(found?.command, ['/bin/memory-mcp', 'serve', '--bind', '0', 'a', 'b']);
  assert.deepEqual(found.environment, { KEY: 'a b', BIND: '0' });
});

test('an environment file that only root reads is a need, and a unit file that only root reads is told', () => {
  const facts = unit('mneme-server.service', '[Service]\nExecStart=/usr/bin/node /srv/mneme-server.mjs\n');
  const [found] = detectSystemUnits([{ ...facts, closed: ['/etc/mneme.env'] }], lookout);
  assert.equal(found?.handling.kind, 'migrate');
  assert.deepEqual(found.needsAdmin.at(-1)?.what, 'read /etc/mneme.env');
  const [closed] = detectSystemUnits([{ ...facts, texts: [''], closed: [facts.path] }], lookout);
  assert.equal(closed?.handling.kind, 'report');
});

test('a project’s unit is known by its name in the other manager, too', () => {
  const facts = unit('mneme-server.service', '[Service]\nExecStart=/bin/sh /srv/start\n');
  const [found] = detectUserUnits([{ ...facts, path: '/home/bob/.config/systemd/user/x' }], lookout);
  assert.equal(found?.daemon, 'claude-mneme');
  assert.deepEqual(found.needsAdmin, []);
});
