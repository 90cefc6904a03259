import assert from 'node:assert/strict';
import test from 'node:test';
import { renderUnits } from '../../../src/platform/systemd/render.ts';
import type { UnitSpec } from '../../../src/service/unit.ts';
import { unitSpec } from './unit-spec.ts';

const alice = { name: 'alice', uid: 1000, home: '/home/alice' };

function render(changes: Parameters<typeof unitSpec>[1] = {}, writable: string[] = []) {
  const [service, socket] = renderUnits(unitSpec(alice, changes), writable);
  assert.ok(service && socket);
  return { service, socket };
}

/** The `Key=value` lines of a section. */
function section(content: string, name: string): string[] {
  const body = content.split(/^\[/m).find((part) => part.startsWith(`${name}]\n`)) ?? '';
  return body.split('\n').slice(1).filter(Boolean);
}

test('two private files in the user unit directory, marked as ours', () => {
  const { service, socket } = render();
  assert.equal(service.path, '/home/alice/.config/systemd/user/memoryd-memory.service');
  assert.equal(socket.path, '/home/alice/.config/systemd/user/memoryd-memory.socket');
  for (const { content, mode, encoding } of [service, socket]) {
    assert.equal(content.split('\n')[0], '# memoryd: unit of the service "memory"');
    assert.deepEqual([mode, encoding], [0o600, 'utf8']);
  }
});

test('the settings that keep it alive', () => {
  const { service, socket } = render();
  const unit = section(service.content, 'Unit');
  for (const line of ['Wants=memoryd-memory.socket', 'After=memoryd-memory.socket', 'StartLimitBurst=150']) {
    assert.ok(unit.includes(line), line);
  }
  const settings = section(service.content, 'Service');
  for (const line of [
    'Type=notify',
    'Restart=always',
    'RestartSec=0',
    'RestartPreventExitStatus=78',
    'KillMode=mixed',
    'TimeoutStartSec=20s',
    'TimeoutStopSec=5s',
    'ExecStart="/usr/bin/node" "/opt/memoryd/memoryd.cjs" "host" "memory"',
  ]) {
    assert.ok(settings.includes(line), line);
  }
  assert.deepEqual(section(socket.content, 'Socket'), [
    'ListenStream=127.0.0.1:8321',
    'Backlog=1024',
    'TriggerLimitIntervalSec=0',
  ]);
});

test('never in a user unit: User=, an environment, limits where they are ignored, network targets (L05, L16, X01)', () => {
  const { service, socket } = render();
  for (const { content } of [service, socket]) {
    assert.doesNotMatch(content, /^(User|Group|Environment|EnvironmentFile|PassEnvironment)=/m);
    assert.doesNotMatch(content, /network|multi-user/);
  }
  assert.ok(!section(service.content, 'Service').some((line) => line.startsWith('StartLimit')));
});

test('takes away what injects code, and nothing that systemd itself hands over', () => {
  const [line] = section(render().service.content, 'Service').filter((one) => one.startsWith('Unset'));
  const names = line?.replace('UnsetEnvironment=', '').split(' ') ?? [];
  for (const name of [
    'NODE_OPTIONS',
    'NODE_V8_COVERAGE',
    'LD_PRELOAD',
    'LD_AUDIT',
    'OPENSSL_CONF',
    'NODE_UNIQUE_ID',
  ])
    assert.ok(names.includes(name), name);
  assert.ok(
    names.every(
      (name) =>
        (/^[A-Z][A-Z0-9_]*$/.test(name) && !/LISTEN|NOTIFY|WATCHDOG|PATH$/.test(name)) ||
        /^(NODE|LD_LIBRARY|GCONV)_PATH$/.test(name),
    ),
  );
});

test('started by default.target, or by nothing (L03)', () => {
  const { service, socket } = render();
  assert.deepEqual(section(service.content, 'Install'), [
    'WantedBy=default.target',
    'Also=memoryd-memory.socket',
  ]);
  assert.deepEqual(section(socket.content, 'Install'), ['WantedBy=sockets.target']);
  const manual = render({ startAtLogin: false });
  assert.doesNotMatch(manual.service.content + manual.socket.content, /\[Install\]/);
});

test('three tiers of sandbox, each with all of the one before', () => {
  const lines = (sandbox: UnitSpec['sandbox']) =>
    section(
      render({ sandbox }, ['/home/alice/.config/memoryd', '/data/memories', '/data']).service.content,
      'Service',
    );
  const [off, normal, strict] = [lines('off'), lines('default'), lines('strict')];
  assert.ok(
    !off.some(
      (line) =>
        /^(NoNew|Restrict(?!ard)|SystemCall|Private|Protect|ReadWrite)/.test(line) &&
        !line.startsWith('RestartPrevent'),
    ),
  );
  assert.ok(off.every((line) => normal.includes(line)));
  assert.ok(normal.every((line) => strict.includes(line)));
  // The filter kills Node for asking, without an errno to give back; MemoryDenyWriteExecute= kills V8.
  assert.ok(normal.includes('SystemCallErrorNumber=EPERM'));
  assert.ok(!strict.some((line) => line.startsWith('MemoryDenyWriteExecute')));
  // Without user namespaces these fail or do nothing (218, 226).
  assert.ok(!normal.some((line) => /^(Private|Protect|Capability|RestrictNamespaces|ReadWrite)/.test(line)));
  assert.deepEqual(
    strict.filter((line) => line.startsWith('ReadWritePaths')),
    ['ReadWritePaths=%t', 'ReadWritePaths="-/home/alice"', 'ReadWritePaths="-/data"'],
  );
});
