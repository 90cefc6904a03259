import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadKnownDaemons } from '../../src/legacy/load-known-daemons.ts';
import { daemonOf, dataPathOf, portOf, recognise } from '../../src/legacy/recognise.ts';
import { realSystem } from '../../src/system/system.ts';

const roots = { config: '/none', data: '/none', state: '/none', logs: '/none' };
const system = { ...realSystem(), user: { name: 'Alice', uid: 1000, home: '/home/alice' } };
const known = await loadKnownDaemons({ system, roots });
const named = (argv: string[]) => daemonOf(argv, known)?.name;

test('a daemon is known by the file it runs, wherever it lies', () => {
  assert.equal(named(['/usr/bin/node', '/opt/x/server/mneme-server.mjs']), 'claude-mneme');
  assert.equal(named(['C:\\py\\python.exe', '-m', 'mcp_server.daemon.bootstrap']), 'graphiti');
  assert.equal(named(['C:\\Users\\a\\memory-mcp.exe', 'serve', '--bind', '127.0.0.1:9']), 'memory-mcp');
  assert.equal(named(['bun', '/p/scripts/worker-service.cjs', '--daemon']), 'claude-mem');
});

test('W20 a neighbour whose name begins alike is another', () => {
  assert.equal(named(['/usr/bin/node', '/opt/mneme-server.mjs.bak']), undefined);
  assert.equal(named(['/usr/bin/node', '/opt/my-mneme-server.mjs']), undefined);
  assert.equal(named(['memory-mcp', 'warmup']), undefined);
  assert.equal(recognise('pm2', 'claude-mem-worker-2', undefined, known), undefined);
  assert.equal(recognise('system-unit', 'mneme-server2.service', undefined, known), undefined);
  assert.equal(recognise('pm2', 'Claude-Mem-Worker', undefined, known), undefined);
  assert.equal(recognise('task', '\\graphitibootstrap_alice', undefined, known)?.name, 'graphiti');
  assert.equal(recognise('task', '\\GraphitiBootstrap_bob', undefined, known), undefined);
});

test('ports and data directories are read where the daemon reads them', () => {
  const daemon = (name: string) => known.find((one) => one.name === name);
  assert.equal(portOf(daemon('memory-mcp'), ['x', 'serve', '--bind=127.0.0.1:9001'], {}).port, 9001);
  assert.equal(portOf(daemon('memory-mcp'), ['x', 'serve'], { MEMORY_MCP_BIND: '[::1]:9002' }).port, 9002);
  assert.equal(portOf(daemon('claude-mneme'), ['x'], { PORT: '1' }).port, 3847);
  assert.equal(portOf(undefined, ['x', '--port', '70000'], {}).port, undefined);
  assert.equal(portOf(undefined, ['x'], { PORT: '8080' }).port, 8080);
  assert.equal(dataPathOf(daemon('memory-mcp'), ['x', '--repo-path', '~/m'], {}, '/root'), '/root/m');
  assert.equal(
    dataPathOf(daemon('graphiti'), [], {}, 'C:\\Windows\\System32\\config\\systemprofile'),
    'C:\\Windows\\System32\\config\\systemprofile\\.graphiti',
  );
  assert.equal(dataPathOf(daemon('claude-mem'), [], { CLAUDE_MEM_DATA_DIR: 'relative' }, '/h'), undefined);
  assert.equal(dataPathOf(undefined, [], {}, '/h'), undefined);
});
