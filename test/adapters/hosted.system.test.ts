import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { systemNetwork } from '../../src/system/network.ts';
import { logged, markerOf, quickWatch, treeSize } from '../support/external-home.ts';
import { freePort, get, HostHome } from '../support/host-home.ts';
import { killAll } from '../support/processes.ts';
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

const noNetwork = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .every(({ internal, family }) => internal || family !== 'IPv4');

interface Case {
  /** Paths below the home of the programs it needs. */
  programs: string[];
  /** Where to find out that the right one answers. */
  path?: string;
  prepare?(home: HostHome): Promise<void> | void;
  check?(home: HostHome, port: number): Promise<void> | void;
  /** What must be true once it has been stopped. */
  after?(home: HostHome): void;
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
  'memory-mcp': {
    programs: ['bin/memory-mcp'],
    path: '/version',
    useful: true,
    after: (home) =>
      assert.ok(existsSync(join(home.path, '.memory-mcp', 'index')), 'it had time for its index'),
  },
  graphiti: { programs: ['.graphiti/.venv/bin/python'], ownPort: true },
  'graphiti-upstream': { programs: ['bin/uv', 'graphiti/mcp_server/main.py'], path: '/health' },
  'claude-mneme': {
    programs: ['claude-mneme/server/mneme-server.mjs'],
    path: '/health',
    ownPort: true,
    prepare: async (home) =>
      putFile(home, '.mneme-server/config.json', JSON.stringify({ port: await freePort() })),
    check: async (home) => {
      if (noNetwork) return;
      await until('the user is warned that others can reach it', async () => {
        const state = await home.find();
        return state.kind === 'live' && state.report.foreign?.warnings.length === 1;
      });
    },
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

async function hostedHome(adapter: string, definition: object = {}): Promise<HostHome> {
  const { programs, prepare, ownPort } = cases[adapter] as Case;
  const home = await HostHome.create({ adapter, ...definition, ...(ownPort ? { port: undefined } : {}) });
  home.env.PATH = `${join(home.path, 'bin')}:${dirname(process.execPath)}:/usr/bin:/bin`;
  for (const path of programs) putPeer(home, path);
  await prepare?.(home);
  return home;
}

const taken8321 =
  (await systemNetwork.probe('127.0.0.1', 8321)) === 'free' ? false : 'port 8321 is taken here';

describe('an adapter runs its daemon as that behaves', { skip: linux, concurrency: 2 }, () => {
  for (const [adapter, { path, check, useful, after }] of Object.entries(cases)) {
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
      after?.(home);
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

  /** A worker that its hooks have started: they know nothing of us. */
  function rival(t: TestContext, home: HostHome, env: Record<string, string> = {}): ChildProcess {
    const worker = join(
      home.path,
      '.claude/plugins/cache/thedotmack/claude-mem/9.1.0/scripts/worker-service.cjs',
    );
    const settings = readFileSync(join(home.path, '.claude-mem/settings.json'), 'utf8');
    const child = spawn(join(home.path, 'bin/bun'), [worker, '--daemon'], {
      env: { ...home.env, ...JSON.parse(settings), ...env },
      stdio: 'ignore',
    });
    t.after(() => child.kill('SIGKILL'));
    return child;
  }

  const foreign = async (home: HostHome) => {
    const state = await home.find();
    return state.kind === 'live' && state.report.phase === 'ready' ? state.report.foreign : undefined;
  };

  it('stands by while a worker of the hooks serves, also one that is still on its way up', async (t) => {
    await using home = await hostedHome('claude-mem', { watch: quickWatch });
    const other = rival(t, home, { WARM_MS: '1500' });
    const { CLAUDE_MEM_WORKER_PORT: port } = JSON.parse(
      readFileSync(join(home.path, '.claude-mem/settings.json'), 'utf8'),
    );
    await until('it has the port', () => get(Number(port), '/api/health'));
    home.spawn();
    await until('ours stands by', async () => (await foreign(home))?.yielded);
    assert.equal((await get(Number(port), '/api/health')).status, 200);
    other.kill('SIGKILL');
    await until(
      'ours serves',
      async () => (await foreign(home))?.live && (await foreign(home))?.ready,
      60_000,
    );
  });

  it('is killed by its hooks, which start their own: one serves, whichever comes first, and no file is touched', async (t) => {
    await using home = await hostedHome('claude-mem');
    const pidFile = join(home.path, '.claude-mem', 'worker.pid');
    writeFileSync(pidFile, '{"pid":1}');
    home.spawn();
    const { report, endpoint } = await home.ready();
    for (let i = 0; i < 3; i += 1) {
      const { pid } = (await foreign(home)) ?? {};
      const worker = rival(t, home);
      // It may have ended meanwhile, as the worker has taken its port.
      if (pid) killAll([{ pid }]);
      await until('one of them serves', async () => {
        const now = await foreign(home);
        const ours = now?.live === true && now.ready && now.pid !== pid;
        const theirs = now?.yielded === true && worker.exitCode === null;
        return (ours || theirs) && (await get(endpoint.port, '/api/health')).status === 200;
      });
    }
    assert.equal((await home.find()).kind, 'live');
    assert.equal((await foreign(home))?.adapter, report.foreign?.adapter);
    assert.equal(readFileSync(pidFile, 'utf8'), '{"pid":1}');
  });
});
