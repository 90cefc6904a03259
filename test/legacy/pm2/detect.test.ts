import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectPm2, orphanedPm2Files, type Pm2Facts } from '../../../src/legacy/pm2/detect.ts';
import { commandOf, environmentOf, readJlist } from '../../../src/legacy/pm2/parse.ts';
import { asking, lookout } from '../detection-context.ts';

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

test('an app that is saved as stopped is not started by anything', () => {
  const [saved] = detectPm2({ ...noPm2, dump: [{ ...worker, status: 'stopped' }] }, lookout);
  assert.equal(saved?.starts, 'disabled');
});

test('X03 while PM2 runs and gives no list, nothing it has saved is moved', () => {
  const [saved] = detectPm2({ ...noPm2, live: true, dump: [worker] }, lookout);
  assert.equal(saved?.run.kind, 'unknown');
  assert.equal(saved.handling.kind, 'report');
});
