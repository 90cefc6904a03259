// What a legacy becomes: the adapter that finds the next version too, or the same command.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withData } from '../../src/legacy/detection-context.ts';
import type { Finding } from '../../src/legacy/finding.ts';
import { detectPm2 } from '../../src/legacy/pm2/detect.ts';
import { refuseClash } from '../../src/legacy/refuse-impossible.ts';
import { detectUserUnits } from '../../src/legacy/systemd/detect.ts';
import { targetOf } from '../../src/legacy/target.ts';
import { lookout, user } from './detection-context.ts';

function app(script: string, env: Record<string, string> = {}): Finding {
  const saved = {
    name: 'claude-mem-worker',
    pm_exec_path: script,
    exec_interpreter: '/usr/bin/bun',
    args: ['--daemon'],
    env,
  };
  const facts = { home: '/home/bob/.pm2', processes: undefined, live: false, files: [], startup: [] };
  const [candidate] = detectPm2({ ...facts, dump: [saved] }, lookout);
  assert.ok(candidate);
  return withData(candidate, { kind: 'unknown' });
}

const plugin = '/home/bob/.claude/plugins/cache/thedotmack/claude-mem/13.25.3/scripts/worker-service.cjs';

test('a command in a place of its adapter becomes the adapter, with its port if one was told', () => {
  const told = { CLAUDE_MEM_WORKER_PORT: '37701', CLAUDE_MEM_DATA_DIR: '/x', CLAUDE_MEM_LOG_LEVEL: 'debug' };
  const { changes } = targetOf(app(plugin, told), user, {}, undefined);
  assert.deepEqual(changes, {
    adapter: 'claude-mem',
    port: 37_701,
    environment: { CLAUDE_MEM_LOG_LEVEL: 'debug' },
  });
  assert.equal(targetOf(app(plugin), user, {}, undefined).changes.port, undefined, 'the adapter looks it up');
  assert.equal(targetOf(app(plugin), user, { port: 5000 }, undefined).changes.port, 5000);
});

test('a command elsewhere stays the command it was', () => {
  const script = '/home/bob/src/claude-mem/worker-service.cjs';
  const { changes } = targetOf(app(script, { CLAUDE_MEM_WORKER_PORT: '37701' }), user, {}, undefined);
  assert.deepEqual(changes, {
    adapter: 'claude-mem',
    command: ['/usr/bin/bun', script, '--daemon'],
    port: 37_701,
    environment: { CLAUDE_MEM_WORKER_PORT: '37701' },
  });
});

const unit = (name: string, ...lines: string[]) => ({
  name,
  path: `/home/bob/.config/systemd/user/${name}`,
  texts: [['[Service]', ...lines].join('\n')],
  environmentFiles: new Map<string, string>(),
  closed: [],
  run: { kind: 'stopped' } as const,
  starts: 'enabled' as const,
  triggers: [],
});

test('the MCP server of mcp-memory-service is found by its module, and probed over MCP', () => {
  const facts = unit(
    'mcp-memory.service',
    'Environment=MCP_SERVER_PORT=8123',
    'ExecStart=%h/repo/venv/bin/python -m mcp_memory_service.mcp_server',
  );
  const [candidate] = detectUserUnits([facts], lookout);
  assert.equal(candidate?.daemon, 'mcp-memory-service');
  const { changes } = targetOf(withData(candidate, { kind: 'unknown' }), user, {}, undefined);
  assert.deepEqual([changes.port, changes.probe], [8123, { kind: 'mcp', path: '/mcp' }]);
  const http = unit(
    'memory-http.service',
    'ExecStart=%h/venv/bin/python %h/repo/scripts/server/run_http_server.py',
  );
  const [other] = detectUserUnits([http], lookout);
  assert.deepEqual([other?.daemon, other?.probe], ['mcp-memory-service', undefined]);
});

test('two legacies that would become the same service are refused before anything is done', () => {
  const one = app(plugin);
  const two = { ...app(plugin), name: 'claude-mem-worker-2' };
  assert.throws(() => refuseClash([one, two]), {
    kind: 'usage',
    message: /pm2:claude-mem-worker and pm2:claude-mem-worker-2 would both become the service "claude-mem"/,
    hint: /^memoryd migrate claude-mem-2 --from pm2:claude-mem-worker-2$/,
  });
  const reported = { ...two, handling: { kind: 'report', why: '', commands: [] } } as Finding;
  assert.doesNotThrow(() => refuseClash([one, reported]));
});
