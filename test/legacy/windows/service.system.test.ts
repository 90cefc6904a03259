import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { apply } from '../../../src/install/apply.ts';
import { launchElevated } from '../../../src/install/elevated/launch.ts';
import { protocolFiles } from '../../../src/install/elevated/protocol.ts';
import { wrapperScript } from '../../../src/install/elevated/wrapper.ts';
import { recover } from '../../../src/install/recover.ts';
import type { Argv } from '../../../src/system/exec.ts';
import { until } from '../../support/until.ts';
import { name, type Scene, sleeper, withService } from './scene.ts';

const skip = process.platform === 'win32' && 'a Windows for other systems';

const originals = async ({ from }: Scene) => (await readdir(from)).length;

test(
  'one elevated run, as whatever administrator, stops the service, brings its data, waits, and deletes it',
  { skip },
  () =>
    withService({}, async (scene) => {
      const { windows, context, plan, told, to } = scene;
      await apply(plan, context);
      assert.ok(!windows.exists(name));
      assert.equal(windows.elevated.length, 1, 'Windows asked once');
      assert.deepEqual(told, ['register', 'start']);
      assert.equal(readFileSync(join(to, '2.json'), 'utf8'), '{"memory":2}');
      assert.equal(await originals(scene), 3, 'the originals stay');
      const grants = windows.calls.filter((call) => call.startsWith('elevated icacls'));
      assert.ok(
        grants.length === 1 && grants[0]?.endsWith(`*${windows.sid}:(OI)(CI)RX /Q`),
        grants.join('\n'),
      );
      await until('nothing is left of it', () => !existsSync(join(windows.programFiles, 'memoryd-run')));
      assert.equal(windows.calls.filter((call) => call.includes(`${name}Helper`)).length, 0);
      assert.ok(!existsSync(windows.administrator), 'nothing is in the home of whoever said yes');
    }),
);

test('W01 a person who says no when Windows asks leaves everything as it was', { skip }, () =>
  withService({}, async ({ windows, context, plan, told, to }) => {
    windows.deny();
    await assert.rejects(apply(plan, context), { kind: 'permission' });
    assert.ok(windows.running(name));
    assert.ok(!existsSync(to));
    assert.deepEqual(told, []);
    assert.ok(!existsSync(context.journal.directory));
  }),
);

test('a service that does not stop is left running, and nothing was moved', { skip }, () =>
  withService({ stubborn: true }, async ({ windows, context, plan, to }) => {
    await assert.rejects(apply(plan, context), /did not stop/);
    assert.ok(windows.running(name));
    assert.ok(!existsSync(to));
  }),
);

test(
  'X07 a new service that does not come up starts the old one again and takes the copy back',
  { skip },
  () =>
    withService({}, async (scene) => {
      const { windows, context, plan, told, to, breakNew } = scene;
      breakNew();
      await assert.rejects(apply(plan, context), /it does not answer/);
      await until('the old service runs', () => windows.running(name));
      assert.ok(!existsSync(to));
      assert.equal(await originals(scene), 3);
      assert.deepEqual(told, ['register', 'start', 'stop', 'unregister']);
      assert.equal(windows.elevated.length, 1);
    }),
);

test('X07 a service that cannot be deleted runs again, and the new one is taken back', { skip }, () =>
  withService({ undeletable: true }, async ({ windows, context, plan, told, to }) => {
    await assert.rejects(apply(plan, context), { kind: 'permission' });
    await until('the old service runs', () => windows.running(name));
    assert.ok(windows.exists(name));
    assert.ok(!existsSync(to));
    assert.deepEqual(told.slice(-2), ['stop', 'unregister']);
  }),
);

test('40,000 files are brought whole, with progress', { skip }, () =>
  withService(
    {},
    async ({ windows, context, plan, to, events }) => {
      await apply(plan, context);
      assert.ok(!windows.exists(name));
      assert.equal((await readdir(to)).length, 40_000);
      assert.equal(readFileSync(join(to, '39999.json'), 'utf8'), '{"memory":39999}');
      assert.ok(events.some(({ kind }) => kind === 'copied'));
    },
    { files: 40_000 },
  ),
);

test(
  '--keep-old disables the service and leaves it there, and a later run deletes it and nothing else',
  { skip },
  () =>
    withService(
      {},
      async ({ windows, context, plan, removal, to }) => {
        await apply(plan, context);
        assert.ok(windows.exists(name));
        assert.ok(!windows.running(name));
        assert.ok(windows.calls.includes(`elevated sc config ${name} start= disabled`));
        await apply(removal, context);
        assert.ok(!windows.exists(name));
        assert.equal(windows.elevated.length, 2, 'Windows asked once more');
        assert.equal((await readdir(to)).length, 3, 'the data are not copied again');
      },
      { retire: 'disable' },
    ),
);

/** Stops applying at a step, for ever, as a kill does; the elevated run lives on and sees it. */
async function killedAt({ plan, context }: Scene, kind: string): Promise<void> {
  const at = plan.steps.findIndex((step) => step.kind === kind);
  const reached = Promise.withResolvers<void>();
  const { journal } = context;
  const done = journal.done.bind(journal);
  journal.done = async (index) => {
    if (index >= at) {
      reached.resolve();
      await new Promise(() => undefined);
    }
    await done(index);
  };
  void apply(plan, context);
  await reached.promise;
  journal.done = done;
}

/** The elevated run sees its parent gone: here it is killed itself, which is worse. */
async function killElevated({ windows }: Scene): Promise<void> {
  const [child] = windows.elevated;
  if (child === undefined || child.exitCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

test(
  'X07 killed after the data came, elevated part and all: the next run starts the old service again',
  { skip },
  () =>
    withService({}, async (scene) => {
      const { windows, context, to } = scene;
      await killedAt(scene, 'elevated-move');
      await killElevated(scene);
      assert.ok(!windows.running(name));
      const interrupted = await context.journal.read();
      assert.ok(interrupted !== undefined);
      assert.equal((await recover(interrupted, context)).recovery, 'undone');
      await until('the old service runs', () => windows.running(name));
      assert.ok(!existsSync(to));
      assert.equal(await originals(scene), 3);
    }),
);

test(
  'X07 killed once the new one was verified, elevated part and all: the next run deletes the old service',
  { skip },
  () =>
    withService({}, async (scene) => {
      const { windows, context, to } = scene;
      await killedAt(scene, 'record');
      await killElevated(scene);
      const interrupted = await context.journal.read();
      assert.ok(interrupted !== undefined);
      assert.equal((await recover(interrupted, context)).recovery, 'finished');
      assert.ok(!windows.exists(name));
      assert.equal((await readdir(to)).length, 3);
    }),
);

test(
  'X07 the elevated run that sees its user’s part gone starts the old service again by itself',
  { skip },
  () =>
    withService({}, async ({ windows, plan, context }) => {
      const step = plan.steps.find(({ kind }) => kind === 'elevated-move');
      assert.ok(step?.kind === 'elevated-move' && step.copy !== undefined);
      const { from, sid } = step.copy;
      const parent = spawn(sleeper[0], sleeper.slice(1), { stdio: 'ignore' });
      const args: Argv = [
        ...(['--act', 'move', '--service', name, '--parent', String(parent.pid)] as const),
        ...['--directory', step.directory],
        ...from.flatMap((path) => ['--copy-from', path]),
        ...['--sid', sid],
      ];
      const { system } = context;
      const own = join(windows.programFiles, step.run);
      await launchElevated(system, step.program, { name: step.run, args, reason: step.reason });
      await until('the data are there', () => existsSync(protocolFiles(own).prepared));
      assert.ok(!windows.running(name));
      parent.kill('SIGKILL');
      await once(parent, 'exit');
      await until('the old service runs', () => windows.running(name));
      await until('nothing is left of it', () => !existsSync(own));
    }),
);

test('a program that is replaced after the question does not run elevated', { skip }, () =>
  withService({}, async ({ windows, context, plan, to }) => {
    const [step] = plan.steps.filter(({ kind }) => kind === 'elevated-move');
    assert.ok(step?.kind === 'elevated-move');
    const [, script] = step.program;
    const { clock } = context.system;
    // The wait for what never starts is over soon.
    const quick = { ...clock, monotonic: () => 20 * clock.monotonic() };
    const impatient = { ...context, system: { ...context.system, clock: quick } };
    // Node is copied first: the script is another one by the time it is its turn.
    windows.meddle((from) => {
      if (from !== script) writeFileSync(script, 'require("fs").writeFileSync("/tmp/never", "")');
    });
    await assert.rejects(apply(plan, impatient), /ended without a result/);
    assert.deepEqual(windows.elevated, []);
    assert.ok(windows.running(name));
    assert.ok(!existsSync(to));
  }),
);

test('what runs elevated is told in the question: copies by hash, and no variable of the user’s', () => {
  const file = (name: string) => ({ from: `C:\\Users\\O'Neil\\${name}`, name, sha256: 'AB12' });
  const script = wrapperScript({
    name: 'memoryd-1',
    node: file('node.exe'),
    script: file('elevated.cjs'),
    args: ['--act', 'move', '--directory', "C:\\Users\\O'Neil\\a b"],
  });
  assert.match(script, /@\('C:\\Users\\O''Neil\\node\.exe', 'node\.exe', 'AB12'\)/);
  assert.match(script, /"C:\\Users\\O''Neil\\a b"'/);
  assert.match(script, /EnvironmentVariables\.Clear\(\)/);
  assert.doesNotMatch(script, /\$env:|Get-|Copy-Item|Invoke-/);
});
