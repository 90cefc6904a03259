import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import type { Finding, FindingOf } from '../../src/legacy/finding.ts';
import { treeReader } from '../../src/legacy/read-as.ts';
import { rootScript, type ScriptInput } from '../../src/legacy/script.ts';
import { type TargetArguments, targetOf } from '../../src/legacy/target.ts';
import type { Plan } from '../../src/service/step.ts';

const user = { name: 'bob', uid: 1000, home: '/home/bob' };
const self = ['/home/bob/node', '/home/bob/memoryd.cjs'] as const;

const finding = (runsAs: string, path: string): FindingOf<'system-unit'> => ({
  kind: 'system-unit',
  path: '/etc/systemd/system/mneme-server.service',
  triggers: [],
  closed: [],
  name: 'mneme-server.service',
  daemon: 'claude-mneme',
  serves: undefined,
  runsAs,
  home: '/srv/home',
  starts: 'enabled',
  run: { kind: 'running' },
  command: undefined,
  workingDirectory: undefined,
  environment: {},
  port: undefined,
  data: { kind: 'closed', path },
  definedIn: [],
  notes: [],
  needsAdmin: [],
  handling: { kind: 'migrate' },
});

const plan: Plan = {
  command: 'migrate',
  service: 'mneme-server',
  onInterrupt: 'undo',
  finishFrom: 1,
  steps: [
    {
      kind: 'legacy-command',
      why: '',
      do: [{ argv: ['systemctl', 'stop', 'mneme-server.service'], elevated: { reason: 'stop it' } }],
      undo: [{ argv: ['systemctl', 'start', 'mneme-server.service'], elevated: { reason: 'start it' } }],
    },
    {
      kind: 'legacy-command',
      why: '',
      do: [{ argv: ['rm', '-f', '--', '/etc/x'], elevated: { reason: 'remove\n$(it)' } }],
      undo: [],
    },
  ],
};

function scriptFor(found: Finding, platform: NodeJS.Platform = 'linux'): string {
  const target = targetOf(found, user, { dataTo: '/home/bob/data' }, undefined);
  const input: ScriptInput = {
    finding: found,
    plan,
    target,
    user,
    environment: { PATH: '/home/bob/bin' },
    platform,
    self,
    settings: undefined,
    options: [],
  };
  return rootScript(input);
}

const unix = { skip: process.platform === 'win32' && 'needs sh' };

for (const platform of ['linux', 'darwin'] as const) {
  for (const account of ['root', 'svc']) {
    test(
      `the user's program stands only behind what becomes the user, on ${platform}, for data of ${account}`,
      unix,
      () => {
        const script = scriptFor(finding(account, '/srv/home/.mneme-server'), platform);
        const lines = script.split('\n').filter((line) => self.some((word) => line.includes(word)));
        assert.equal(lines.length, 2, 'to look, and to do it');
        const becomes =
          platform === 'darwin'
            ? '| launchctl asuser 1000 sudo -u bob -- env -i '
            : '| setsid --wait runuser -u bob -- env -i ';
        for (const line of lines) {
          const [before = '', after = ''] = line.split(becomes);
          assert.ok(after.includes(self.join(' ')), line);
          assert.doesNotMatch(before, /\/home\/bob/);
        }
        const readAs = account === 'root' ? '{ tar -c' : `-u svc -- tar -c`;
        assert.equal(script.split(readAs).length, 3, 'tar runs twice, as the account');
        assert.equal(spawnSync('sh', ['-n'], { input: script }).status, 0);
      },
    );
  }
}

test('hostile names are words, and comments are one line', unix, () => {
  const path = `/srv/home/it's $(touch /tmp/x)\n; \`id\``;
  const script = scriptFor(finding('svc', path));
  assert.equal(spawnSync('sh', ['-n'], { input: script }).status, 0);
  assert.match(
    script,
    /# It reads \/srv\/home\/it's \$\(touch \/tmp\/x\) ; `id` as svc, and no other data\./,
  );
  assert.match(script, /-C '\/srv\/home\/it'\\''s \$\(touch \/tmp\/x\)\n; `id`' \./);
  assert.match(script, /# remove \$\(it\)\n/);
});

test('what root reads as itself is looked at before: the way to it, and all that is in it', () => {
  const { checks } = treeReader('linux', 'root', '/root/.mneme-server');
  assert.deepEqual(checks[0]?.slice(0, 5), ['find', '-P', '/', '/root', '/root/.mneme-server']);
  assert.deepEqual(checks[1]?.slice(0, 3), ['find', '-P', '/root/.mneme-server']);
  assert.deepEqual(treeReader('linux', 'svc', '/home/svc/data').checks, []);
});

const keysOf = (wishes: TargetArguments, exposed: boolean) => {
  const settings = {
    port: 3847,
    dataDir: undefined,
    apiKeys: ['a-long-enough-key'],
    exposed,
    lockTtlMinutes: undefined,
    rateLimit: undefined,
  };
  const { changes, notes } = targetOf(finding('root', '/srv/home/.mneme-server'), user, wishes, settings);
  return { keys: JSON.stringify(changes).includes('a-long-enough-key'), notes: notes.join('\n') };
};

test('keys that others could read are said, and --new-keys leaves them behind', () => {
  assert.deepEqual(keysOf({}, false).keys, true);
  assert.doesNotMatch(keysOf({}, false).notes, /--new-keys/);
  const exposed = keysOf({}, true);
  assert.ok(exposed.keys);
  assert.match(exposed.notes, /could read its keys in \/srv\/home\/\.mneme-server\/config\.json: --new-keys/);
  const replaced = keysOf({ newKeys: true }, true);
  assert.ok(!replaced.keys);
  assert.match(replaced.notes, /the old keys are not accepted any more/);
});
