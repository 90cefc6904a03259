import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { apply } from '../../../src/install/apply.ts';
import { recover } from '../../../src/install/recover.ts';
import { skipSimulator } from '../../platform/launchd/mac.ts';
import { until } from '../../support/until.ts';
import { label, type Scene, withDaemon } from './scene.ts';

const skip = skipSimulator;

/** The daemon is loaded from its plist, root's data are untouched, and nothing of the new service is left. */
async function assertAsBefore({ print, finding, from, to }: Scene, text: string): Promise<void> {
  await until('it is loaded', async () => (await print(label)) === 0);
  assert.equal(await readFile(finding.path, 'utf8'), text);
  assert.equal(await readFile(join(from, '2.json'), 'utf8'), '{"memory":2}');
  assert.ok(!existsSync(to));
}

test('a daemon of the whole Mac is found with what it runs, as whom, and whether', { skip }, () =>
  withDaemon({ exitSecs: 7 }, async ({ finding }) => {
    assert.equal(finding.daemon, 'graphiti');
    assert.equal(finding.runsAs, 'root');
    assert.equal(finding.port, 8400);
    assert.equal(finding.starts, 'enabled');
    assert.equal(finding.run.kind, 'running');
    assert.ok(finding.loaded);
    assert.equal(finding.exitSecs, 7);
    assert.deepEqual(finding.environment, { GRAPHITI_CONFIG: '/etc/graphiti.yaml' });
    assert.deepEqual(
      finding.needsAdmin.slice(0, 2).map(({ what }) => what),
      [`stop ${label}`, `remove /Library/LaunchDaemons/${label}.plist`],
    );
  }),
);

test(
  'M01 M14 a migrated daemon is out of launchd and its plist is gone, without an override left behind (M02)',
  { skip },
  () =>
    withDaemon({}, async ({ finding, print, said, prepare, to }) => {
      const { context, plan } = await prepare();
      await apply(plan, context);
      assert.equal(await print(label), 113);
      assert.ok(!existsSync(finding.path));
      assert.equal(await readFile(join(to, '2.json'), 'utf8'), '{"memory":2}');
      const lines = await said();
      assert.ok(!lines.some((line) => /^(disable|unload|remove)/.test(line)), lines.join('\n'));
    }),
);

test('W01 root that refuses to stop it, or to read its data, leaves the daemon loaded', { skip }, () =>
  withDaemon({}, async (scene) => {
    const text = await readFile(scene.finding.path, 'utf8');
    for (const denied of ['launchctl bootout', 'tar']) {
      await scene.sudo('deny', denied);
      const { context, plan } = await scene.prepare();
      await assert.rejects(apply(plan, context), { kind: 'permission' }, denied);
      await assertAsBefore(scene, text);
    }
  }),
);

test('a daemon that ignores being asked is waited for until launchd has killed it', { skip }, () =>
  withDaemon(
    { script: "trap '' TERM; while :; do sleep 0.1; done", exitSecs: 20 },
    async ({ print, prepare, to }) => {
      const { context, plan } = await prepare();
      await apply(plan, context);
      assert.equal(await print(label), 113);
      assert.ok(existsSync(to));
    },
  ),
);

test('a daemon that does not stop is left running, and nothing was moved', { skip }, () =>
  withDaemon({ exitSecs: 1 }, async (scene) => {
    const text = await readFile(scene.finding.path, 'utf8');
    await scene.sudo('ignore', 'launchctl bootout');
    const { context, plan } = await scene.prepare();
    const stop = plan.steps.flatMap((step) => (step.kind === 'legacy-command' ? step.do : []))[0];
    assert.ok(stop !== undefined && stop.untilMs === 11_000, 'what launchd lets it take, and ten seconds');
    stop.untilMs = 1000;
    await assert.rejects(apply(plan, context), /reported success, but had no effect within 1 s/);
    await assertAsBefore(scene, text);
    assert.deepEqual(scene.told, []);
  }),
);

test('40,000 files of root’s are brought whole, with progress', { skip }, () =>
  withDaemon({ files: 40_000 }, async ({ prepare, print, to, events }) => {
    const { context, plan } = await prepare();
    await apply(plan, context);
    assert.equal(await print(label), 113);
    assert.equal((await readdir(to)).length, 40_000);
    assert.equal(await readFile(join(to, '39999.json'), 'utf8'), '{"memory":39999}');
    const copied = events.flatMap((event) => (event.kind === 'copied' ? [event] : []));
    assert.equal(copied.at(-1)?.bytes, copied.at(-1)?.total);
    assert.ok(copied.length > 1);
  }),
);

test('--keep-old unloads the daemon, keeps launchd from loading it, and leaves its plist', { skip }, () =>
  withDaemon({}, async ({ finding, prepare, print, said }) => {
    const { context, plan } = await prepare('disable');
    await apply(plan, context);
    assert.equal(await print(label), 113);
    assert.ok(existsSync(finding.path));
    assert.ok((await said()).includes(`disable system/${label}`));
  }),
);

test(
  'X07 a new service that does not come up leaves the daemon loaded again, from the same plist',
  { skip },
  () =>
    withDaemon({}, async (scene) => {
      const text = await readFile(scene.finding.path, 'utf8');
      scene.breakNew();
      const { context, plan } = await scene.prepare();
      await assert.rejects(apply(plan, context), /it does not answer/);
      await assertAsBefore(scene, text);
      assert.deepEqual(scene.told, ['start', 'stop']);
    }),
);

test('X07 killed at any step, the next run loads the daemon again or finishes', { skip }, () =>
  withDaemon({}, async (scene) => {
    const { finding, print, prepare, system, to } = scene;
    const text = await readFile(finding.path, 'utf8');
    const { plan } = await prepare();
    for (const at of plan.steps.keys()) {
      if (!existsSync(finding.path)) await scene.restore();
      await system.files.removeTree(to);
      const { context } = await prepare();
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
      const { recovery } = await recover(interrupted, context);
      assert.equal(recovery, at < plan.finishFrom ? 'undone' : 'finished', `killed in step ${at}`);
      if (recovery === 'undone') await assertAsBefore(scene, text);
      else assert.equal(await print(label), 113, `killed in step ${at}`);
      assert.equal(existsSync(finding.path), recovery === 'undone');
      assert.equal(existsSync(to), recovery === 'finished');
    }
  }),
);
