import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { apply } from '../../../src/install/apply.ts';
import type { StepContext } from '../../../src/install/context.ts';
import { detectLegacies } from '../../../src/legacy/detect.ts';
import type { FindingOf } from '../../../src/legacy/finding.ts';
import { migrationPaths } from '../../../src/legacy/paths.ts';
import { type MigrationInput, planMigration } from '../../../src/legacy/plan.ts';
import { taskSteps } from '../../../src/legacy/scheduled-task/steps.ts';
import { hresultOf } from '../../../src/platform/task-scheduler/codes.ts';
import type { Plan } from '../../../src/service/step.ts';
import type { System } from '../../../src/system/system.ts';
import { type TestMachine, testMachine } from '../../platform/task-scheduler/machine.ts';
import { until } from '../../support/until.ts';
import { contextOf } from '../step-context.ts';

const skip = process.platform === 'win32' && 'a Windows for other systems';
const name = '\\Graphiti\\GraphitiBootstrap';
const neighbour = '\\Graphiti\\GraphitiBootstrapHelper';

const taskXml = (userId: string, words: string) => `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <Triggers><LogonTrigger><Enabled>true</Enabled><UserId>${userId}</UserId></LogonTrigger></Triggers>
  <Principals><Principal id="Author"><UserId>${userId}</UserId><LogonType>InteractiveToken</LogonType><RunLevel>LeastPrivilege</RunLevel></Principal></Principals>
  <Settings><MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy><Enabled>true</Enabled></Settings>
  <Actions Context="Author"><Exec><Command>C:\\Windows\\System32\\conhost.exe</Command><Arguments>--headless ${process.execPath} -e "setInterval(() => 0, 1000)" ${words}</Arguments></Exec></Actions>
</Task>`;

interface Scene {
  machine: TestMachine;
  finding: FindingOf<'task'>;
  context: StepContext;
  plan(retire?: MigrationInput['retire']): Plan;
  breakNew(): void;
}

/** The system as it is on Windows: there exit codes are whole, and here their last byte is left. */
const asWindows = (system: System): System => ({
  ...system,
  platform: 'win32',
  exec: {
    ...system.exec,
    async run(argv, options) {
      const result = await system.exec.run(argv, options);
      if (result.kind !== 'exited' || argv[0] !== 'schtasks') return result;
      return { ...result, code: hresultOf(result.code, system.platform) };
    },
  },
});

/** A user's Windows where an older release's task runs, and one of a similar name. */
async function withTask(body: (scene: Scene) => Promise<void>): Promise<void> {
  await using machine = await testMachine();
  const { windows, system, roots } = machine;
  windows.plant(name, taskXml(windows.sid, 'graphiti_mcp_server.py'));
  windows.plant(neighbour, taskXml(windows.sid, 'helper'));
  const run = async (task: string) => {
    const ran = await system.exec.run(['schtasks', '/run', '/tn', task, '/hresult']);
    assert.equal(ran.kind === 'exited' && ran.code, 0, JSON.stringify(ran));
  };
  await run(name);
  await run(neighbour);
  const windowsSystem = asWindows(system);
  const found = await detectLegacies({ system: windowsSystem, roots }, { kinds: ['task'] });
  assert.deepEqual(
    found.map((one) => [one.name, one.daemon, one.run.kind, one.starts, one.handling.kind]),
    [[name, 'graphiti', 'running', 'enabled', 'migrate']],
  );
  const [finding] = found as FindingOf<'task'>[];
  assert.ok(finding !== undefined);
  const paths = migrationPaths(roots, finding);
  const { context, breakNew } = contextOf({
    system,
    backend: { name: 'task-scheduler', perform: async () => undefined },
    service: 'graphiti',
    roots,
  });
  const plan = (retire: MigrationInput['retire'] = 'remove') => {
    const input = {
      directory: paths.directory,
      manifest: paths.manifest,
      data: { kind: 'none' } as const,
      self: ['node'] as const,
      definitions: [],
      managerEnvironment: {},
    };
    const all = planMigration({
      service: 'graphiti',
      migrationSteps: taskSteps(finding, input),
      install: [{ kind: 'verify', build: 'b', timeoutMs: 1, why: '' }],
      port: 1,
      data: input.data,
      paths,
      reader: () => ({ kind: 'stdin' }),
      sync: false,
      retire,
      record: { schema: 1 },
    });
    // Nobody listens in this scene.
    return { ...all, steps: all.steps.filter(({ kind }) => kind !== 'await-port') };
  };
  await body({
    machine,
    finding,
    context,
    plan,
    breakNew,
  });
  assert.ok(windows.task(neighbour)?.process !== undefined, 'W20 the neighbour runs on');
}

test('W20 an older task is ended, deleted, and its definition kept for the way back', { skip }, () =>
  withTask(async ({ machine, finding, context, plan }) => {
    await apply(plan(), context);
    assert.deepEqual(machine.windows.taskNames(), [neighbour]);
    const copy = join(migrationPaths(machine.roots, finding).directory, 'task.xml');
    assert.ok(existsSync(copy));
    // As the guide goes back.
    const back = ['schtasks', '/create', '/tn', name, '/xml', copy, '/hresult'] as const;
    const created = await machine.system.exec.run(back);
    assert.equal(created.kind === 'exited' && created.code, 0, JSON.stringify(created));
    assert.deepEqual(machine.windows.taskNames().toSorted(), [name, neighbour]);
  }),
);

test('X07 a new service that does not come up starts the task again', { skip }, () =>
  withTask(async ({ machine, context, plan, breakNew }) => {
    breakNew();
    await assert.rejects(apply(plan(), context), /it does not answer/);
    await until('the task runs', () => machine.windows.task(name)?.process);
  }),
);

test('--keep-old disables the task and leaves it there', { skip }, () =>
  withTask(async ({ machine, context, plan }) => {
    await apply(plan('disable'), context);
    const task = machine.windows.task(name);
    assert.ok(task !== undefined && task.process === undefined);
    machine.windows.logoff();
    machine.windows.logon();
    await until('the neighbour is back', () => machine.windows.task(neighbour)?.process);
    assert.equal(machine.windows.task(name)?.process, undefined);
  }),
);
