import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectCrontab } from '../../../src/legacy/kinds/crontab.ts';
import { detectContainers, readContainers } from '../../../src/legacy/kinds/docker.ts';
import { detectPm2, orphanedPm2Files, type Pm2Facts } from '../../../src/legacy/kinds/pm2.ts';
import { detectListeners } from '../../../src/legacy/kinds/processes.ts';
import { detectSystemUnits, type UnitFacts } from '../../../src/legacy/kinds/systemd-units.ts';
import { detectTasks } from '../../../src/legacy/kinds/tasks.ts';
import { loadKnown } from '../../../src/legacy/known.ts';
import type { Lookout } from '../../../src/legacy/lookout.ts';
import { commandOf, environmentOf, readJlist } from '../../../src/legacy/read/pm2.ts';
import { realSystem } from '../../../src/system/system.ts';

const user = { name: 'bob', uid: 1000, home: '/home/bob' };
const roots = { config: '/none', data: '/none', state: '/none', logs: '/none' };
const lookout: Lookout = {
  known: await loadKnown({ system: { ...realSystem(), user }, roots }),
  user,
  asked: new Set(),
  homes: new Map([
    ['bob', '/home/bob'],
    ['root', '/root'],
    ['alice', '/home/alice'],
    ['mneme', '/var/lib/mneme'],
  ]),
  people: new Set(['bob', 'alice']),
};
const asking = (...ids: string[]): Lookout => ({ ...lookout, asked: new Set(ids) });

const noPm2: Pm2Facts = {
  home: '/home/bob/.pm2',
  processes: undefined,
  live: false,
  dump: undefined,
  files: [],
  startup: [],
};
const worker = {
  name: 'claude-mem-worker',
  pm_exec_path: '/p/worker-service.cjs',
  exec_interpreter: '/usr/bin/bun',
  node_args: [],
  args: ['--daemon'],
  env: {
    CLAUDE_MEM_WORKER_PORT: '37701',
    PM2_HOME: '/x',
    SSH_TTY: '/dev/pts/1',
    unique_id: 'u',
    NAME: 'kept',
    'not a name': 'x',
  },
};

test('PM2’s list is read past what it says first, and modules are none of it', () => {
  const list = [
    { name: 'a', pm_id: 3, pid: 7, pm2_env: { name: 'a', pm_id: 3, instances: 1, status: 'online' } },
    { name: 'pm2-logrotate', pm_id: 1, pid: 8, pm2_env: { name: 'pm2-logrotate', pmx_module: true } },
  ];
  const processes = readJlist(
    `>>>> In-memory PM2 is out-of-date, do:\n>>>> $ pm2 update\n${JSON.stringify(list)}\n`,
  );
  assert.deepEqual(processes, [
    { id: 3, name: 'a', pid: 7, status: 'online', saved: { name: 'a', status: 'online' } },
  ]);
  assert.equal(readJlist('[PM2][ERROR] nothing'), undefined);
});

test('an app is started with its interpreter and words, and in its own environment', () => {
  assert.deepEqual(commandOf(worker), ['/usr/bin/bun', '/p/worker-service.cjs', '--daemon']);
  assert.deepEqual(commandOf({ pm_exec_path: '/x/y', exec_interpreter: 'none', args: [] }), ['/x/y']);
  assert.deepEqual(environmentOf(worker), { CLAUDE_MEM_WORKER_PORT: '37701', NAME: 'kept' });
});

test('an app that is only saved is found, and what pm2 startup left is told once nothing else needs it', () => {
  const startup = ['/etc/systemd/system/pm2-bob.service'];
  const [alone] = detectPm2({ ...noPm2, dump: [worker], startup }, lookout);
  assert.equal(alone?.port, 37_701);
  assert.equal(alone.starts, 'enabled');
  assert.equal(alone.run.kind, 'stopped');
  assert.match(alone.notes.join(), /pm2 unstartup/);
  const [beside] = detectPm2({ ...noPm2, dump: [worker, { name: 'shop' }], startup }, lookout);
  assert.doesNotMatch(beside?.notes.join() ?? '', /unstartup/);
  assert.deepEqual(detectPm2({ ...noPm2, dump: [{ name: 'shop' }] }, lookout), []);
  assert.equal(
    detectPm2({ ...noPm2, dump: [{ name: 'shop', pm_exec_path: '/s.js' }] }, asking('pm2:shop')).length,
    1,
  );
});

test('W20 files that only look like an orphan’s, or that an app of PM2’s uses, are none', () => {
  const files = [
    'pids/claude-mem-worker-0.pid',
    'pids/claude-mem-worker-1.pid',
    'logs/claude-mem-worker-out.log',
    'logs/claude-mem-worker-error__2025-01-02_00-00-00.log',
    'logs/claude-mem-worker-notes.log',
    'logs/claude-mem-workerx-out.log',
    'logs/other-out.log',
  ];
  const used = [{ name: 'claude-mem-worker-2', pm_pid_path: '/home/bob/.pm2/pids/claude-mem-worker-1.pid' }];
  assert.deepEqual(orphanedPm2Files({ ...noPm2, files, dump: used }, ['claude-mem-worker']), [
    '/home/bob/.pm2/pids/claude-mem-worker-0.pid',
    '/home/bob/.pm2/logs/claude-mem-worker-out.log',
    '/home/bob/.pm2/logs/claude-mem-worker-error__2025-01-02_00-00-00.log',
  ]);
  assert.deepEqual(orphanedPm2Files({ ...noPm2, files, dump: [worker] }, ['claude-mem-worker']), []);
});

const unit = (name: string, text: string): UnitFacts => ({
  name,
  path: `/etc/systemd/system/${name}`,
  texts: [text],
  environmentFiles: new Map([['/etc/default/mneme', 'KEY="a b"\n']]),
  run: { kind: 'running', pid: 9 },
  starts: 'enabled',
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

test('W17 a task of another account is told and left alone', () => {
  const task = (userId: string) =>
    `<Task><Principals><Principal><UserId>${userId}</UserId></Principal></Principals><Settings/><Actions><Exec><Command>python.exe</Command><Arguments>-m mcp_server.daemon.bootstrap</Arguments></Exec></Actions></Task>`;
  const run = { kind: 'running' } as const;
  const sid = 'S-1-5-21-1-2-3-1001';
  const [mine, theirs, closed] = detectTasks(
    [
      { name: '\\GraphitiBootstrap_bob', xml: task(sid), run },
      { name: '\\GraphitiBootstrap', xml: task('DESKTOP\\alice'), run },
      { name: '\\Graphiti\\GraphitiBootstrap', xml: undefined, run },
    ],
    sid,
    lookout,
  );
  assert.deepEqual(
    [mine, theirs, closed].map((one) => one?.handling.kind),
    ['migrate', 'report', 'report'],
  );
});

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

test('containers are told with the commands that stop them, by their exact names', () => {
  const line = (name: string) =>
    JSON.stringify({
      Names: name,
      State: 'running',
      Ports: '127.0.0.1:3900->3847/tcp',
      Mounts: '/home/bob/.mneme-server',
    });
  const found = detectContainers(
    readContainers(`${line('mneme-server')}\n${line('mneme-server-2')}\nWARNING: x\n`),
    lookout,
  );
  assert.deepEqual(
    found.map(({ name, port, dataPath }) => [name, port, dataPath]),
    [['mneme-server', 3900, '/home/bob/.mneme-server']],
  );
  assert.deepEqual(found[0]?.handling.kind === 'report' && found[0].handling.commands[0], [
    'docker',
    'stop',
    'mneme-server',
  ]);
});

test('X03 who listens on a known port is told unless another finding explains it, and never moved', () => {
  const listeners = [
    { port: 3847, pid: 9, argv: ['node', '/srv/mneme-server.mjs'] as [string, ...string[]], runsAs: 'bob' },
    { port: 37_777, pid: undefined, argv: undefined, runsAs: 'root' },
    { port: 8000, pid: 11, argv: ['python3', '-m', 'http.server'] as [string, ...string[]], runsAs: 'bob' },
  ];
  const running = { kind: 'running', pid: 9 } as const;
  const rest = detectListeners(listeners, [{ run: running, port: 3847 }], lookout);
  assert.deepEqual(
    rest.map(({ port, handling }) => [port, handling.kind]),
    [[37_777, 'report']],
  );
  const all = detectListeners(listeners, [], lookout);
  assert.deepEqual(
    all.map(({ port, daemon }) => [port, daemon]),
    [
      [3847, 'claude-mneme'],
      [37_777, undefined],
    ],
  );
});
