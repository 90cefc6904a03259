import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { apply, recover } from '../../../src/install/apply.ts';
import type { StepContext, StepEvent } from '../../../src/install/context.ts';
import { launchElevated } from '../../../src/install/elevated/launch.ts';
import { type Ended, protocolFiles, readMessage } from '../../../src/install/elevated/protocol.ts';
import { Journal } from '../../../src/install/journal.ts';
import { servicePaths } from '../../../src/layout.ts';
import type { FindingOf } from '../../../src/legacy/finding.ts';
import { windowsServiceMoves } from '../../../src/legacy/moves/windows-service.ts';
import { migrationPaths } from '../../../src/legacy/paths.ts';
import { type MigrationInput, planMigration } from '../../../src/legacy/plan.ts';
import type { Backend } from '../../../src/platform/backend.ts';
import type { Plan } from '../../../src/service/step.ts';
import type { Verb } from '../../../src/service/unit.ts';
import { realSystem, type System } from '../../../src/system/system.ts';
import { until } from '../../support/until.ts';
import { type Service, type Services, startServices } from './services.ts';

const skip = process.platform === 'win32' && 'a Windows for other systems';
const name = 'GraphitiBootstrap';
const entry = join(import.meta.dirname, 'elevated-entry.ts');
const sleeper: [string, ...string[]] = [process.execPath, '-e', 'setInterval(() => undefined, 1000)'];

interface Scene {
  windows: Services;
  context: StepContext;
  plan: Plan;
  /** What the new service's manager was told. */
  told: Verb[];
  events: StepEvent[];
  /** SYSTEM's data, and where they go. */
  from: string;
  to: string;
  breakNew(): void;
}

function findingFor(from: string): FindingOf<'windows-service'> {
  return {
    kind: 'windows-service',
    name,
    wrapper: 'nssm',
    key: `HKLM\\SYSTEM\\CurrentControlSet\\Services\\${name}`,
    definition: 'Windows Registry Editor Version 5.00',
    daemon: 'graphiti',
    serves: undefined,
    runsAs: 'SYSTEM',
    home: undefined,
    starts: 'enabled',
    run: { kind: 'running' },
    command: sleeper,
    workingDirectory: undefined,
    environment: {},
    port: undefined,
    data: { kind: 'closed', path: from },
    definedIn: [],
    notes: [],
    needsAdmin: [],
    handling: { kind: 'migrate' },
  };
}

/** A machine whose SYSTEM runs a service with `files` files, and the plan that moves it. */
async function withService(
  traits: Partial<Service>,
  body: (scene: Scene) => Promise<void>,
  { files = 3, retire = 'remove' as MigrationInput['retire'] } = {},
): Promise<void> {
  await using fixture = await createFixture({});
  const windows = await startServices(fixture.getPath('machine'), [
    { name, argv: sleeper, ...traits },
    { name: `${name}Helper`, argv: sleeper },
  ]);
  try {
    const from = join(
      fixture.getPath('machine'),
      'Windows',
      'System32',
      'config',
      'systemprofile',
      '.graphiti',
    );
    await mkdir(from, { recursive: true });
    for (let i = 0; i < files; i += 1) await writeFile(join(from, `${i}.json`), `{"memory":${i}}`);
    const to = fixture.getPath('home/.graphiti');
    const directory = fixture.getPath('state');
    const roots = { config: directory, data: directory, state: directory, logs: directory };
    const real = realSystem();
    const run: System['exec']['run'] = (argv, options) =>
      real.exec.run(argv, { ...options, env: { ...windows.env, ...options?.env } });
    const system: System = { ...real, exec: { ...real.exec, run } };
    const told: Verb[] = [];
    const perform = async (verb: Verb) => void told.push(verb);
    const events: StepEvent[] = [];
    let broken = false;
    const answers = async () => {
      if (broken) throw new Error('it does not answer');
    };
    const context: StepContext = {
      system,
      backend: { name: 'task-scheduler', perform } as unknown as Backend,
      service: 'graphiti',
      paths: servicePaths(roots, 'graphiti'),
      journal: new Journal(join(directory, 'journal')),
      verify: answers,
      verifyGone: answers,
      tell: (event) => void events.push(event),
    };
    const finding = findingFor(from);
    const paths = migrationPaths(roots, finding);
    const data = { kind: 'copy', from, to, bytes: 0, allocated: 0, asRoot: true } as const;
    const self = [process.execPath, '--disable-warning=ExperimentalWarning', entry] as const;
    const input = {
      directory: paths.directory,
      manifest: paths.manifest,
      data,
      self,
      definitions: [],
      managerEnvironment: {},
    };
    const plan = planMigration({
      service: 'graphiti',
      moves: windowsServiceMoves(finding, input, windows.sid),
      install: [
        { kind: 'manager', do: ['register'], undo: ['unregister'], why: '' },
        { kind: 'manager', do: ['start'], undo: ['stop'], why: '' },
        { kind: 'verify', build: 'b', timeoutMs: 1, why: '' },
      ],
      port: 1,
      data,
      paths,
      reader: () => ({ kind: 'stdin' }),
      sync: false,
      retire,
      record: { schema: 1 },
    });
    // Nobody listens in this scene.
    plan.steps = plan.steps.filter(({ kind }) => kind !== 'await-port');
    plan.finishFrom = plan.steps.findIndex(({ kind }) => kind === 'record');
    await until('the services run', () => windows.running(name) && windows.running(`${name}Helper`));
    const breakNew = () => {
      broken = true;
    };
    await body({ windows, context, plan, told, events, from, to, breakNew });
    assert.ok(windows.running(`${name}Helper`), 'W20 a neighbour runs on');
  } finally {
    await windows.stop();
  }
}

const originals = async ({ from }: Scene) => (await readdir(from)).length;

test('one elevated run stops the service, brings its data, waits, and deletes it', { skip }, () =>
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
      grants.every((call) => call.includes(`*${windows.sid}`)),
      grants.join('\n'),
    );
    assert.equal(windows.calls.filter((call) => call.includes(`${name}Helper`)).length, 0);
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
    await assert.rejects(apply(plan, context), /does not stop/);
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

test('--keep-old disables the service and leaves it there', { skip }, () =>
  withService(
    {},
    async ({ windows, context, plan }) => {
      await apply(plan, context);
      assert.ok(windows.exists(name));
      assert.ok(!windows.running(name));
      assert.ok(windows.calls.includes(`elevated sc config ${name} start= disabled`));
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
      assert.equal(await recover(interrupted, context), 'undone');
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
      assert.equal(await recover(interrupted, context), 'finished');
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
      const { from, to, manifest, sid } = step.copy;
      const parent = spawn(sleeper[0], sleeper.slice(1), { stdio: 'ignore' });
      const [program, ...rest] = step.program;
      const args = [
        ...['elevated', '--act', 'move', '--service', name, '--parent', String(parent.pid)],
        ...from.flatMap((path) => ['--copy-from', path]),
        ...['--copy-to', to, '--manifest', manifest, '--sid', sid, '--', step.directory],
      ];
      const { system } = context;
      await launchElevated(system, [program, ...rest, ...args], step.reason);
      await until('the data are there', () => existsSync(protocolFiles(step.directory).prepared));
      assert.ok(!windows.running(name));
      parent.kill('SIGKILL');
      await once(parent, 'exit');
      await until('the old service runs', () => windows.running(name));
      const ended = await until('it says so', () =>
        readMessage<Ended>(system.files, protocolFiles(step.directory).ended),
      );
      assert.deepEqual(ended, { ok: true, did: 'rolled-back' });
    }),
);
