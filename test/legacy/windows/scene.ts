import assert from 'node:assert/strict';
import { join } from 'node:path';
import { build } from 'esbuild';
import { createFixture } from 'fs-fixture';
import type { StepContext, StepEvent } from '../../../src/install/context.ts';
import type { FindingOf } from '../../../src/legacy/finding.ts';
import { migrationPaths } from '../../../src/legacy/paths.ts';
import { type MigrationInput, planMigration, planRemoval } from '../../../src/legacy/plan.ts';
import { windowsServiceSteps } from '../../../src/legacy/windows-service/steps.ts';
import type { Plan } from '../../../src/service/step.ts';
import type { Verb } from '../../../src/service/unit.ts';
import { realSystem, type System } from '../../../src/system/system.ts';
import { quickPlace, writeMemories } from '../../support/memories.ts';
import { until } from '../../support/until.ts';
import { contextOf } from '../step-context.ts';
import { type Service, type Services, startServices } from './services.ts';

export const name = 'GraphitiBootstrap';
export const sleeper: [string, ...string[]] = [process.execPath, '-e', 'setInterval(() => undefined, 1000)'];

/** A machine whose SYSTEM runs a service, and the plan that moves it. */
export interface Scene {
  windows: Services;
  context: StepContext;
  plan: Plan;
  /** The one that takes away what was kept. */
  removal: Plan;
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
export async function withService(
  traits: Partial<Service>,
  body: (scene: Scene) => Promise<void>,
  { files = 3, retire = 'remove' as MigrationInput['retire'] } = {},
): Promise<void> {
  await using fixture = await createFixture({});
  await using data = await createFixture({}, { tempDir: quickPlace });
  const windows = await startServices(fixture.getPath('machine'), [
    { name, argv: sleeper, ...traits },
    { name: `${name}Helper`, argv: sleeper },
  ]);
  try {
    const from = data.getPath('Windows/System32/config/systemprofile/.graphiti');
    writeMemories(from, files);
    const to = data.getPath('home/.graphiti');
    const directory = fixture.getPath('state');
    const roots = { config: directory, data: directory, state: directory, logs: directory };
    const real = realSystem();
    const run: System['exec']['run'] = (argv, options) =>
      real.exec.run(argv, { ...options, env: { ...windows.env, ...options?.env } });
    const env = { ...real.env, ProgramFiles: windows.programFiles };
    const system: System = { ...real, env, exec: { ...real.exec, run } };
    const told: Verb[] = [];
    const perform = async (verb: Verb) => void told.push(verb);
    const { context, events, breakNew } = contextOf({
      system,
      backend: { name: 'task-scheduler', perform },
      service: 'graphiti',
      roots,
    });
    const finding = findingFor(from);
    const paths = migrationPaths(roots, finding);
    const move = { kind: 'copy', from, to, bytes: 0, allocated: 0, asRoot: true } as const;
    const self = [process.execPath, fixture.getPath('memoryd.cjs')] as const;
    await build({
      entryPoints: [join(import.meta.dirname, '../../../src/cli/elevated.ts')],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      outfile: fixture.getPath('chunks/elevated.cjs'),
    });
    const input = {
      directory: paths.directory,
      manifest: paths.manifest,
      data: move,
      self,
      definitions: [],
      managerEnvironment: {},
    };
    const migration: MigrationInput = {
      service: 'graphiti',
      migrationSteps: windowsServiceSteps(finding, input, windows.sid, 'memoryd-run'),
      install: [
        { kind: 'manager', do: ['register'], undo: ['unregister'], why: '' },
        { kind: 'manager', do: ['start'], undo: ['stop'], why: '' },
        { kind: 'verify', build: 'b', timeoutMs: 1, why: '' },
      ],
      port: 1,
      data: move,
      paths,
      reader: () => ({ kind: 'stdin' }),
      sync: false,
      retire,
      record: { schema: 1 },
    };
    const plan = planMigration(migration);
    const removal = planRemoval({ ...migration, retire: 'remove' });
    // Nobody listens in this scene.
    plan.steps = plan.steps.filter(({ kind }) => kind !== 'await-port');
    plan.finishFrom = plan.steps.findIndex(({ kind }) => kind === 'record');
    await until('the services run', () => windows.running(name) && windows.running(`${name}Helper`));
    await body({ windows, context, plan, removal, told, events, from, to, breakNew });
    assert.ok(windows.running(`${name}Helper`), 'W20 a neighbour runs on');
  } finally {
    await windows.stop();
  }
}
