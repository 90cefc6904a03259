import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { systemNetwork } from '../../src/system/network.ts';
import { logged, markerOf, treeSize } from '../support/foreign-home.ts';
import { freePort, get, HostHome } from '../support/host-home.ts';
import { until } from '../support/until.ts';

const linux = process.platform === 'linux' ? false : 'its fakes are POSIX scripts';
const peer = join(import.meta.dirname, '..', 'support', 'fake-peer.ts');

/** A program at `path` below the home that behaves as the peer of its name does. */
function putPeer(home: HostHome, path: string): void {
  const file = join(home.path, path);
  mkdirSync(dirname(file), { recursive: true });
  const script = path.endsWith('.mjs') || path.endsWith('.cjs');
  const shebang = script ? '' : `#!${process.execPath} --disable-warning=ExperimentalWarning\n`;
  writeFileSync(file, `${shebang}import(${JSON.stringify(peer)});\n`, { mode: 0o755 });
}

function putFile(home: HostHome, path: string, content: string): void {
  const file = join(home.path, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

interface Case {
  /** Paths below the home of the programs it needs. */
  programs: string[];
  /** Where to find out that the right one answers. */
  path?: string;
  prepare?(home: HostHome): Promise<void> | void;
  check?(home: HostHome, port: number): Promise<void> | void;
  /** It has a port of its own. */
  ownPort?: boolean;
  useful?: boolean;
}

const cases: Record<string, Case> = {
  memtomem: {
    programs: ['bin/memtomem-server'],
    async check(_home, port) {
      assert.equal((await get(port, '/sessions')).json.open, 0, 'what probing opened is closed again');
    },
  },
  'claude-mem': {
    programs: ['bin/bun', '.claude/plugins/cache/thedotmack/claude-mem/9.1.0/scripts/worker-service.cjs'],
    path: '/api/health',
    ownPort: true,
    useful: true,
    async prepare(home) {
      const settings = { CLAUDE_MEM_WORKER_PORT: String(await freePort()) };
      putFile(home, '.claude-mem/settings.json', JSON.stringify(settings));
    },
  },
  'memory-mcp': { programs: ['bin/memory-mcp'], path: '/version', useful: true },
  graphiti: { programs: ['.graphiti/.venv/bin/python'], ownPort: true },
  'graphiti-upstream': { programs: ['bin/uv', 'graphiti/mcp_server/main.py'], path: '/health' },
  'claude-mneme': {
    programs: ['claude-mneme/server/mneme-server.mjs'],
    path: '/health',
    ownPort: true,
    prepare: async (home) =>
      putFile(home, '.mneme-server/config.json', JSON.stringify({ port: await freePort() })),
  },
  'mcp-memory-service': { programs: ['bin/memory'], path: '/api/health' },
  'basic-memory': { programs: ['bin/bm'] },
  serena: { programs: ['bin/serena'] },
  chroma: {
    programs: ['bin/chroma'],
    path: '/api/v2/heartbeat',
    check: (home) => assert.ok(existsSync(home.paths.data), 'its directory is there before it is'),
  },
};

async function hostedHome(adapter: string): Promise<HostHome> {
  const { programs, prepare, ownPort } = cases[adapter] as Case;
  const home = await HostHome.create(ownPort ? { adapter, port: undefined } : { adapter });
  home.env.PATH = `${join(home.path, 'bin')}:${dirname(process.execPath)}:/usr/bin:/bin`;
  for (const path of programs) putPeer(home, path);
  await prepare?.(home);
  return home;
}

const taken8321 =
  (await systemNetwork.probe('127.0.0.1', 8321)) === 'free' ? false : 'port 8321 is taken here';

describe('an adapter runs its daemon as that behaves', { skip: linux, concurrency: 2 }, () => {
  for (const [adapter, { path, check, useful }] of Object.entries(cases)) {
    it(adapter, { skip: adapter === 'graphiti' && taken8321 }, async () => {
      await using home = await hostedHome(adapter);
      const host = home.spawn();
      const { endpoint, report } = await home.ready();
      assert.equal(report.foreign?.adapter, adapter);
      if (path !== undefined) assert.equal((await get(endpoint.port, path)).status, 200);
      if (useful) {
        await until('it is seen to be useful', async () => {
          const state = await home.find();
          return state.kind === 'live' && state.report.foreign?.useful;
        });
      }
      await check?.(home, endpoint.port);
      const marker = markerOf(report.foreign?.pid as number);
      host.kill('SIGTERM');
      await once(host, 'exit');
      assert.equal(await treeSize(home, marker), 0);
    });
  }
});

describe('claude-mem beside its own plugin', { skip: linux }, () => {
  it('runs the highest version that is not orphaned, looked up at each start', async () => {
    await using home = await hostedHome('claude-mem');
    const cache = '.claude/plugins/cache/thedotmack/claude-mem';
    putPeer(home, `${cache}/9.10.0/scripts/worker-service.cjs`);
    putPeer(home, `${cache}/10.0.0/scripts/worker-service.cjs`);
    putFile(home, `${cache}/10.0.0/.orphaned_at`, '');
    home.spawn();
    const { report } = await home.ready();
    const argv = (pid: number) => home.system.files.read(`/proc/${pid}/cmdline`);
    const first = await argv(report.foreign?.pid as number);
    assert.match(first.kind === 'content' ? first.text : '', /claude-mem\/9\.10\.0\//);
    putPeer(home, `${cache}/9.11.0/scripts/worker-service.cjs`);
    process.kill(report.foreign?.pid as number, 'SIGKILL');
    const next = await until('it runs again', async () => {
      const state = await home.find();
      const foreign = state.kind === 'live' ? state.report.foreign : undefined;
      return foreign?.ready && foreign.pid !== report.foreign?.pid ? foreign : undefined;
    });
    const second = await argv(next.pid as number);
    assert.match(second.kind === 'content' ? second.text : '', /claude-mem\/9\.11\.0\//);
  });

  it('is asked to shut down in its own way, and writes no pid file', async () => {
    await using home = await hostedHome('claude-mem');
    const host = home.spawn();
    await home.ready();
    host.kill('SIGTERM');
    await once(host, 'exit');
    assert.ok(existsSync(join(home.path, 'shutdown-asked')));
    assert.equal((await logged(home, 'child.exited')).code, 0);
    assert.ok(!existsSync(join(home.path, '.claude-mem', 'worker.pid')));
  });
});
