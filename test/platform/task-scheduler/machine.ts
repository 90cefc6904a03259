import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFixture } from 'fs-fixture';
import type { Roots } from '../../../src/layout.ts';
import type { Backend } from '../../../src/platform/backend.ts';
import { createTaskSchedulerBackend } from '../../../src/platform/task-scheduler/manager.ts';
import { taskName } from '../../../src/platform/task-scheduler/names.ts';
import type { TaskTiming } from '../../../src/platform/task-scheduler/target.ts';
import { findEndpoint } from '../../../src/runtime/find-endpoint.ts';
import type { UnitSpec } from '../../../src/service/unit.ts';
import { systemExec } from '../../../src/system/exec.ts';
import { realSystem, type System } from '../../../src/system/system.ts';
import { startWindows, type Windows, type WindowsOptions } from '../../simulators/windows/index.ts';
import { until } from '../../support/until.ts';

export const service = 'memory';

/** A simulated Windows machine with a backend that talks to it, and hosts that really run. */
export interface TestMachine extends AsyncDisposable {
  windows: Windows;
  system: System;
  roots: Roots;
  backend: Backend;
  /** The full name of the service's task. */
  task: string;
  spec(changes?: Partial<UnitSpec>): UnitSpec;
  /** Puts the unit's file on disk as `install` does. */
  place(changes?: Partial<UnitSpec>): Promise<void>;
  /** place, register, start, wait until it answers; gives its pid. */
  up(changes?: Partial<UnitSpec>): Promise<number>;
  /** The pid that answers, if one does. */
  answering(): Promise<number | undefined>;
  /** Arguments of the schtasks calls so far, /hresult left out. */
  schtasksCalls(): string[][];
}

const quick: Partial<TaskTiming> = {
  pollMs: 50,
  settleMs: 3000,
  startMs: 4000,
  gracefulMarginMs: 500,
  endMs: 3000,
};

/** An environment in which schtasks and the like are stand-ins. */
function systemOf(windows: Windows, user: string): System {
  const real = realSystem();
  return {
    ...real,
    env: windows.env,
    user: { ...real.user, name: user, home: windows.env.HOME as string },
    exec: {
      run: (argv, options) =>
        systemExec.run(argv, { timeoutMs: 4000, ...options, env: { ...windows.env, ...options?.env } }),
      spawn: (argv, options) =>
        systemExec.spawn(argv, { ...options, env: { ...windows.env, ...options.env } }),
    },
  };
}

/** `definition` is the service's; its port is one that nobody else uses. */
export async function testMachine(
  options: Partial<WindowsOptions> & { definition?: object; timing?: Partial<TaskTiming> } = {},
): Promise<TestMachine> {
  const fixture = await createFixture({ 'run/.keep': '' });
  const home = fixture.getPath('home');
  await mkdir(fixture.getPath('run'), { recursive: true, mode: 0o700 });
  await (await import('node:fs/promises')).chmod(fixture.getPath('run'), 0o700);
  const windows = await startWindows({
    ...options,
    dir: fixture.getPath('windows'),
    env: { XDG_RUNTIME_DIR: fixture.getPath('run'), ...options.env },
  });
  const user = windows.env.USERNAME as string;
  const system = systemOf(windows, user);
  const roots = {
    config: join(home, 'config'),
    data: join(home, 'data'),
    state: join(home, 'state'),
    logs: join(home, 'logs'),
  };
  const state = join(roots.state, 'services', service);
  await mkdir(join(roots.config, 'services'), { recursive: true });
  await mkdir(state, { recursive: true });
  await writeFile(
    join(roots.config, 'services', `${service}.json`),
    JSON.stringify({ schema: 1, name: service, stopTimeoutSecs: 2, ...options.definition }),
  );
  const timing = { ...quick, ...options.timing } as TaskTiming;
  const backend = createTaskSchedulerBackend(system, roots, timing);
  const entry = join(import.meta.dirname, '..', '..', 'support', 'host-entry.ts');

  const spec = (changes: Partial<UnitSpec> = {}): UnitSpec => ({
    service,
    description: 'memory daemon "memory" (memoryd)',
    argv: [process.execPath, '--disable-warning=ExperimentalWarning', entry, 'host', service, home],
    workingDirectory: home,
    listen: { host: '127.0.0.1', port: 0 },
    startTimeoutSecs: 10,
    stopTimeoutSecs: 2,
    sandbox: 'default',
    startAtLogin: true,
    user: system.user,
    directories: { config: join(home, 'config'), state, logs: join(roots.logs, service) },
    ...changes,
  });
  const place = async (changes?: Partial<UnitSpec>) => {
    await backend.available();
    for (const { path, content } of await backend.render(spec(changes))) {
      await writeFile(path, Buffer.from(`\ufeff${content}`, 'utf16le'));
    }
  };
  const answering = async () => {
    const found = await findEndpoint(system, roots, service);
    return found.kind === 'live' && found.report.phase === 'ready' ? found.report.pid : undefined;
  };
  return {
    windows,
    system,
    roots,
    backend,
    task: taskName(windows.sid, service),
    spec,
    place,
    answering,
    async up(changes) {
      await place(changes);
      await backend.perform('register', service);
      await backend.perform('start', service);
      return until('the service answers', answering);
    },
    schtasksCalls: () =>
      windows
        .calls()
        .filter(({ tool }) => tool === 'schtasks')
        .map(({ args }) => args.filter((one) => one !== '/hresult')),
    async [Symbol.asyncDispose]() {
      await windows.stop();
      await fixture.rm();
    },
  };
}
