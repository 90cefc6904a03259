import { join } from 'node:path';
import { taskName } from '../../../src/platform/task-scheduler/names.ts';
import { usualRoots } from '../../../src/system/roots.ts';
import { startWindows } from '../../simulators/windows/index.ts';
import { until } from '../../support/until.ts';
import { hostsOf, killAll } from '../processes.ts';
import type { Machine, World } from '../world.ts';
import { makeHome, runnerWith } from './own-home.ts';

const foreignTask = '<Task><Actions><Exec><Command>notepad.exe</Command></Exec></Actions></Task>';

/** A simulated Windows with its user signed in. Programs of ours run on Linux, so the roots are Linux's. */
async function start(): Promise<Machine> {
  const own = await makeHome();
  const { home, service, directory } = own;
  const windows = await startWindows({
    dir: join(directory, 'windows'),
    env: { HOME: home, XDG_RUNTIME_DIR: own.runtime },
  });
  const task = taskName(windows.sid, service);
  const runner = runnerWith(home, windows.env);
  const quit = () =>
    until('nothing of it runs', async () => {
      const left = await hostsOf(service);
      killAll(left);
      return left.length === 0 && windows.task(task)?.process === undefined;
    });
  return {
    ...own,
    runner,
    path: windows.env.PATH ?? '',
    roots: usualRoots('linux', home),
    edit: (unit) => unit.replace('PT5M', 'PT6M'),
    isRegistered: async () => windows.taskNames().length > 0,
    async disable() {
      windows.setEnabled(task, false);
      await quit();
    },
    async loseUnit() {
      await runner.run(['schtasks', '/delete', '/tn', task, '/f']);
      await quit();
    },
    async plantForeignUnit() {
      windows.plant(task, foreignTask, { owner: 'S-1-5-21-1-2-3-1002' });
      return async () => windows.task(task)?.owner === 'S-1-5-21-1-2-3-1002';
    },
    async relogin() {
      windows.logoff();
      windows.logon();
    },
    async reboot() {
      windows.reboot();
      windows.logon();
    },
    async [Symbol.asyncDispose]() {
      await windows.stop();
      await own[Symbol.asyncDispose]();
    },
  };
}

const simulated: World = {
  backend: 'task-scheduler',
  title: 'task scheduler (simulated)',
  skip: process.platform === 'linux' ? false : 'the simulator runs on Linux',
  tool: 'schtasks',
  commandsWhenStopped: 1,
  start,
};

export const taskScheduler = simulated;
