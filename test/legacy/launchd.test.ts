import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { apply, recover } from '../../src/install/apply.ts';
import type { StepContext } from '../../src/install/context.ts';
import { Journal } from '../../src/install/journal.ts';
import { servicePaths } from '../../src/layout.ts';
import { detectLegacies } from '../../src/legacy/detect.ts';
import type { FindingOf } from '../../src/legacy/finding.ts';
import { launchdMoves } from '../../src/legacy/moves/launchd.ts';
import { migrationPaths } from '../../src/legacy/paths.ts';
import { planMigration } from '../../src/legacy/plan.ts';
import type { Backend } from '../../src/platform/backend.ts';
import { realSystem, type System } from '../../src/system/system.ts';
import { skipSimulator } from '../platform/launchd/mac.ts';
import { type Launchd, startLaunchd } from '../simulators/launchd/index.ts';
import { until } from '../support/until.ts';

const label = 'com.graphiti.bootstrap';
const neighbour = 'com.graphiti.bootstrap2';

const plist = (name: string, words: string[]) => `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>Label</key><string>${name}</string>
<key>ProgramArguments</key><array>${words.map((word) => `<string>${word}</string>`).join('')}</array>
<key>EnvironmentVariables</key><dict><key>GRAPHITI_CONFIG</key><string>/etc/graphiti.yaml</string></dict>
<key>LimitLoadToSessionType</key><string>System</string>
<key>RunAtLoad</key><true/><key>KeepAlive</key><true/>
</dict></plist>
`;

const sleeping = ['/bin/sleep', '1000'];
/** The words after the script are its arguments, and nothing to it. */
const daemon = ['/bin/sh', '-c', 'exec sleep 1000', 'graphiti_mcp_server.py', '--port', '8400'];

interface Scene {
  launchd: Launchd;
  system: System;
  /** The finding as detection gives it, at the place where its plist really lies. */
  finding: FindingOf<'launch-daemon'>;
  home: string;
  state: string;
  /** What `launchctl print system/LABEL` exits with: 113 when it is not loaded. */
  print(name: string): Promise<number | undefined>;
}

/** A Mac on which root runs a daemon and a neighbour of its. `/Library` lies in the test's directory. */
async function withDaemon(body: (scene: Scene) => Promise<void>): Promise<void> {
  await using fixture = await createFixture({});
  const home = fixture.getPath('home');
  const library = fixture.getPath('Library');
  await mkdir(home);
  const launchd = await startLaunchd({ dir: fixture.getPath('launchd'), home, root: true });
  try {
    const real = realSystem();
    const run: System['exec']['run'] = (argv, options) =>
      real.exec.run(argv, { ...options, env: { ...launchd.env, ...options?.env } });
    const here = (path: string) => (path.startsWith('/Library/') ? join(dirname(library), path) : path);
    const system: System = {
      ...real,
      platform: 'darwin',
      env: { ...real.env, HOME: home, PM2_HOME: fixture.getPath('no-pm2') },
      // Root, whoever runs the tests: launchd is a stand-in, and nothing of this machine's is touched.
      user: { name: 'alice', uid: 0, home },
      exec: { ...real.exec, run },
      files: {
        ...real.files,
        read: (path) => real.files.read(here(path)),
        list: (path) => real.files.list(here(path)),
        inspect: (path) => real.files.inspect(here(path)),
      },
    };
    for (const [name, words] of [
      [label, daemon],
      [neighbour, sleeping],
    ] as const) {
      const path = here(`/Library/LaunchDaemons/${name}.plist`);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, plist(name, words));
      await chmod(path, 0o644);
      const result = await run(['launchctl', 'bootstrap', 'system', path]);
      assert.equal(result.kind === 'exited' && result.code, 0, JSON.stringify(result));
    }
    const running = async () => {
      const result = await run(['launchctl', 'print', `system/${label}`]);
      return result.kind === 'exited' && /^\tpid = \d+$/m.test(result.stdout);
    };
    await until('the daemon runs', running);
    const state = fixture.getPath('state');
    const roots = { config: state, data: state, state, logs: state };
    const found = await detectLegacies({ system, roots }, { kinds: ['launch-daemon', 'launch-agent'] });
    assert.deepEqual(
      found.map(({ name }) => name),
      [label],
      'W20 the neighbour is none',
    );
    const [finding] = found as FindingOf<'launch-daemon'>[];
    assert.ok(finding !== undefined);
    const print = async (name: string) => {
      const result = await run(['launchctl', 'print', `system/${name}`]);
      return result.kind === 'exited' ? result.code : undefined;
    };
    await body({ launchd, system, finding: { ...finding, path: here(finding.path) }, home, state, print });
    assert.equal(await print(neighbour), 0, 'the neighbour runs on');
  } finally {
    await launchd.stop();
  }
}

async function prepare({ system, finding, state }: Scene, breaks = false) {
  const roots = { config: state, data: state, state, logs: state };
  const told: string[] = [];
  const backend = { name: 'launchd', perform: async (verb: string) => void told.push(verb) };
  const answers = async () => {
    if (breaks) throw new Error('it does not answer');
  };
  const context: StepContext = {
    system,
    backend: backend as unknown as Backend,
    service: 'graphiti',
    paths: servicePaths(roots, 'graphiti'),
    journal: new Journal(join(state, 'journal')),
    verify: answers,
    verifyGone: answers,
  };
  const paths = migrationPaths(roots, finding);
  const text = await readFile(finding.path, 'utf8');
  const input = {
    directory: paths.directory,
    manifest: paths.manifest,
    data: { kind: 'none' } as const,
    self: ['node'] as const,
    definitions: [{ path: finding.path, text, mode: 0o644 }],
    managerEnvironment: {},
  };
  const plan = planMigration({
    service: 'graphiti',
    moves: launchdMoves(finding, input),
    install: [
      { kind: 'manager', do: ['start'], undo: ['stop'], why: '' },
      { kind: 'verify', build: 'b', timeoutMs: 1, why: '' },
    ],
    port: 1,
    data: { kind: 'none' },
    paths,
    reader: () => ({ kind: 'stdin' }),
    sync: false,
    retire: 'remove',
    record: { schema: 1 },
  });
  // Nobody listens in this scene.
  const steps = plan.steps.filter(({ kind }) => kind !== 'await-port');
  return {
    context,
    plan: { ...plan, steps, finishFrom: steps.findIndex(({ kind }) => kind === 'record') },
    told,
    text,
  };
}

test(
  'a daemon of the whole Mac is found with what it runs, as whom, and whether',
  { skip: skipSimulator },
  () =>
    withDaemon(async ({ finding }) => {
      assert.equal(finding.daemon, 'graphiti');
      assert.equal(finding.runsAs, 'root');
      assert.equal(finding.port, 8400);
      assert.equal(finding.starts, 'enabled');
      assert.equal(finding.run.kind, 'running');
      assert.ok(finding.loaded);
      assert.deepEqual(finding.environment, { GRAPHITI_CONFIG: '/etc/graphiti.yaml' });
      assert.equal(finding.needsAdmin.length, 2);
    }),
);

test(
  'M01 M14 a migrated daemon is out of launchd and its plist is gone, without an override left behind (M02)',
  { skip: skipSimulator },
  () =>
    withDaemon(async (scene) => {
      const { finding, print, launchd } = scene;
      const { context, plan } = await prepare(scene);
      await apply(plan, context);
      assert.equal(await print(label), 113);
      assert.ok(!existsSync(finding.path));
      const said = (await launchd.calls()).map(({ argv }) => argv.join(' '));
      assert.ok(!said.some((line) => /^(disable|unload|remove)/.test(line)), said.join('\n'));
    }),
);

test(
  'X07 a new service that does not come up leaves the daemon loaded again, from the same plist',
  { skip: skipSimulator },
  () =>
    withDaemon(async (scene) => {
      const { finding, print } = scene;
      const { context, plan, told, text } = await prepare(scene, true);
      await assert.rejects(apply(plan, context), /it does not answer/);
      await until('it is loaded again', async () => (await print(label)) === 0);
      assert.equal(await readFile(finding.path, 'utf8'), text);
      assert.deepEqual(told, ['start', 'stop']);
    }),
);

test('X07 killed at any step, the next run loads the daemon again or finishes', { skip: skipSimulator }, () =>
  withDaemon(async (scene) => {
    const { finding, print, system } = scene;
    const { plan } = await prepare(scene);
    for (const at of plan.steps.keys()) {
      if (!existsSync(finding.path)) {
        await writeFile(finding.path, plist(label, daemon));
        await system.exec.run(['launchctl', 'bootstrap', 'system', finding.path]);
      }
      const { context } = await prepare(scene);
      const reached = Promise.withResolvers<void>();
      const { journal } = context;
      const done = journal.done.bind(journal);
      journal.done = async (index) => {
        if (index < at) return done(index);
        reached.resolve();
        return new Promise(() => undefined);
      };
      void apply(plan, context);
      await reached.promise;
      journal.done = done;
      const interrupted = await journal.read();
      assert.ok(interrupted !== undefined);
      const recovery = await recover(interrupted, context);
      assert.equal(recovery, at < plan.finishFrom ? 'undone' : 'finished', `killed in step ${at}`);
      assert.equal(await print(label), recovery === 'undone' ? 0 : 113, `killed in step ${at}`);
      assert.equal(existsSync(finding.path), recovery === 'undone');
    }
  }),
);
