// The real worker of claude-mem from npm, laid out as its plugin is, by its adapter: on `systemd --user` and without a manager.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemExec } from '../../src/system/exec.ts';
import type { Cli, Runner } from '../support/cli.ts';
import { bun, claudeMemPlugin, needsFetched } from '../support/fetched-peers.ts';
import { withCli } from '../support/installed.ts';
import { ran } from '../support/lab.ts';
import { freePort } from '../support/legacy.ts';
import { needsUserManager, type Skip } from '../support/machine-needs.ts';
import { withStandaloneHome } from '../support/standalone-user.ts';
import { until } from '../support/until.ts';

interface Scene {
  cli: Cli;
  home: string;
  run: Runner['run'];
}

interface World {
  name: string;
  skip: Skip;
  flags: readonly string[];
  scene(body: (scene: Scene) => Promise<void>): Promise<void>;
}

const fetched = (await needsFetched(bun)) || (await needsFetched(claudeMemPlugin));
const worlds: World[] = [
  {
    name: 'systemd',
    skip: fetched || needsUserManager,
    flags: [],
    scene: (body) => withCli((user, cli) => body({ cli, home: user.home, run: user.run }))(),
  },
  {
    name: 'standalone',
    skip: fetched || (process.platform === 'linux' ? false : 'reads /proc'),
    flags: ['--backend', 'standalone', '--no-login'],
    scene: (body) =>
      withStandaloneHome((cli, home, env) => {
        const run: Runner['run'] = async (argv, options) =>
          ran(argv, await systemExec.run(argv, { cwd: home, ...options, env: { ...env, ...options?.env } }));
        return body({ cli, home, run });
      }),
  },
];

const quiet = { CLAUDE_MEM_TELEMETRY: '0', DO_NOT_TRACK: '1' };
const cache = '.claude/plugins/cache/thedotmack/claude-mem';

async function must({ run }: Scene, script: string, env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await run(['sh', '-euc', script], { env, timeoutMs: 60_000 });
  assert.equal(code, 0, `${script}: ${stdout}${stderr}`);
  return stdout;
}

/** A plugin with bun, settings with a port that is free, and a definition that is watched closely. */
async function layOut(scene: Scene, port: number): Promise<void> {
  const definition = {
    schema: 1,
    name: 'claude-mem',
    adapter: 'claude-mem',
    environment: quiet,
    watch: { intervalSecs: 1, timeoutSecs: 1, threshold: 3 },
  };
  await must(
    scene,
    `mkdir -p ${cache} .bun/bin .claude-mem .config/memoryd/services
     chmod 700 .config .config/memoryd
     cp -r '${claudeMemPlugin}' ${cache}/13.25.3
     ln -s '${bun}' .bun/bin/bun
     printf %s "$SETTINGS" > .claude-mem/settings.json
     printf %s "$DEFINITION" > .config/memoryd/services/claude-mem.json`,
    {
      SETTINGS: JSON.stringify({ CLAUDE_MEM_WORKER_PORT: String(port), ...quiet }),
      DEFINITION: JSON.stringify(definition),
    },
  );
}

/** The worker and its host, once it is ready and is not the process `before`. */
const workerOf = ({ cli }: Scene, before?: number) =>
  until(
    'the worker is ready',
    async () => {
      const { external, endpoint, healthy } = await cli.status('claude-mem');
      if (external?.pid == null || external.pid === before || endpoint === null) return undefined;
      return healthy && external.functional === true ? { pid: external.pid, host: endpoint.pid } : undefined;
    },
    60_000,
  );

const scriptOf = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[1] ?? '';

async function save(port: number, text: string): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/memory/save`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text, title: 'By hand', project: 'shop' }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

for (const world of worlds) {
  test(
    `claude-mem's worker on ${world.name}: killed, stopped, hung, upgraded under it, its memories imported, and a worker of the plugin beside`,
    {
      skip: world.skip,
    },
    () =>
      world.scene(async (scene) => {
        const { cli, home } = scene;
        const port = await freePort();
        await layOut(scene, port);
        await cli.must(['install', 'claude-mem', ...world.flags]);
        const first = await workerOf(scene);
        const health = (await (await fetch(`http://127.0.0.1:${port}/api/health`)).json()) as {
          version: string;
        };
        assert.equal(health.version, '13.25.3');
        await save(port, 'The pangolin is the default');

        process.kill(first.pid, 'SIGKILL');
        const second = await workerOf(scene, first.pid);
        assert.equal(second.host, first.host);
        process.kill(second.host, 'SIGKILL');
        const third = await workerOf(scene, second.pid);
        assert.notEqual(third.host, second.host);
        process.kill(third.pid, 'SIGSTOP');
        const fourth = await workerOf(scene, third.pid);
        assert.ok(scriptOf(fourth.pid).includes('/13.25.3/'), scriptOf(fourth.pid));

        await must(scene, `cp -r ${cache}/13.25.3 ${cache}/13.26.0; touch ${cache}/13.25.3/.orphaned_at`);
        process.kill(fourth.pid, 'SIGKILL');
        const fifth = await workerOf(scene, fourth.pid);
        assert.ok(scriptOf(fifth.pid).includes('/13.26.0/'), scriptOf(fifth.pid));

        const imported = await cli.must([
          'import',
          join(home, '.claude-mem/claude-mem.db'),
          'copy',
          '--json',
        ]);
        assert.equal((JSON.parse(imported) as { format: string }).format, 'claude-mem');
        assert.match(await cli.must(['export', 'copy']), /The pangolin is the default/);

        await cli.must(['stop', 'claude-mem']);
        // As its hooks do when no worker answers.
        const hook = `nohup .bun/bin/bun ${cache}/13.26.0/scripts/worker-service.cjs --daemon >/dev/null 2>&1 & echo $!`;
        const own = Number(await must(scene, hook, { ...quiet, CLAUDE_MEM_WORKER_PORT: String(port) }));
        try {
          await until(
            'it answers',
            async () => (await fetch(`http://127.0.0.1:${port}/api/readiness`)).ok,
            60_000,
          );
          const removed = JSON.parse(
            await cli.must(['uninstall', 'claude-mem', '--purge', '--yes', '--json']),
          ) as {
            running: { pid: number; what: string }[];
          };
          assert.deepEqual(
            removed.running.map(({ pid }) => pid),
            [own],
          );
          assert.match(removed.running[0]?.what ?? '', /\.claude-mem\/worker\.pid$/);
          assert.equal((await fetch(`http://127.0.0.1:${port}/api/health`)).status, 200, 'it was left alone');
          assert.equal((await cli.run(['status', 'claude-mem'])).code, 4);
          assert.match(await must(scene, 'ls .claude-mem'), /claude-mem\.db/);
        } finally {
          process.kill(own, 'SIGKILL');
        }
      }),
  );
}
