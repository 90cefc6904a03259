import { join } from 'node:path';
import { taskName } from '../../../src/platform/task-scheduler/names.ts';
import { systemExec } from '../../../src/system/exec.ts';
import { usualRoots } from '../../../src/system/roots.ts';
import { currentSid } from '../../../src/system/sid.ts';
import { startWindows } from '../../simulators/windows/index.ts';
import { hostsOf, killAll } from '../../support/processes.ts';
import { until } from '../../support/until.ts';
import { type Machine, needsReal, type World } from '../world.ts';
import { makeHome, runnerWith } from './own-home.ts';

const foreignTask = '<Task><Actions><Exec><Command>notepad.exe</Command></Exec></Actions></Task>';

/** A simulated Windows with its user signed in. Programs of ours run on Linux, so the roots are Linux's. */
async function startSimulated(): Promise<Machine> {
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
    async calls() {
      const ours = windows.calls().filter(({ tool }) => tool === 'schtasks');
      return ours.map(({ args }) => args.join(' '));
    },
    async disable() {
      windows.setEnabled(task, false);
      await quit();
    },
    async loseUnit() {
      await runner.run(['schtasks', '/delete', '/tn', task, '/f']);
      await quit();
    },
    async plantForeignUnit() {
      windows.plant(task, foreignTask);
      const planted = windows.task(task)?.definition;
      return async () => windows.task(task)?.definition === planted;
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

const cannot = async () => {
  throw new Error('not with the session that runs the tests');
};

/** The Task Scheduler of this Windows, with directories of our own in the place of the profile's. */
async function startReal(): Promise<Machine> {
  const own = await makeHome();
  const { home, service } = own;
  const user = await currentSid(systemExec);
  if (user.kind === 'missing') throw new Error('there is no whoami');
  const task = taskName(user.sid, service);
  const appData = (name: string) => join(home, 'AppData', name);
  const env = { USERPROFILE: home, APPDATA: appData('Roaming'), LOCALAPPDATA: appData('Local') };
  const runner = runnerWith(home, env);
  const schtasks = (...args: [string, ...string[]]) => runner.run(['schtasks', ...args]);
  const isRegistered = async () => (await schtasks('/query', '/tn', task)).code === 0;
  const quit = () =>
    until('nothing of it runs', async () => {
      const left = await hostsOf(service);
      killAll(left);
      return left.length === 0;
    });
  const forget = async () => {
    if (await isRegistered()) await schtasks('/delete', '/tn', task, '/f');
  };
  return {
    ...own,
    runner,
    path: process.env.PATH ?? '',
    roots: usualRoots('win32', home),
    edit: (unit) => unit.replace('PT5M', 'PT6M'),
    isRegistered,
    async disable() {
      await schtasks('/change', '/tn', task, '/disable');
      await quit();
    },
    async loseUnit() {
      await forget();
      await quit();
    },
    async plantForeignUnit() {
      await schtasks('/create', '/tn', task, '/tr', 'notepad.exe', '/sc', 'once', '/st', '23:59', '/f');
      const before = (await schtasks('/query', '/tn', task, '/xml')).stdout;
      return async () => (await schtasks('/query', '/tn', task, '/xml')).stdout === before;
    },
    relogin: cannot,
    reboot: cannot,
    async [Symbol.asyncDispose]() {
      await forget();
      await quit();
      await own[Symbol.asyncDispose]();
    },
  };
}

const both = { backend: 'task-scheduler', tool: 'schtasks' } as const;

/** The real one on Windows, else the simulator. */
export const taskScheduler: World =
  process.platform === 'win32'
    ? {
        ...both,
        title: 'task scheduler',
        skip: needsReal('win32'),
        lacks: {
          relogin: 'the tests run in the only session there is',
          reboot: 'the tests run in the only session there is',
          toolTrouble: 'Windows looks for schtasks beyond the PATH',
        },
        start: startReal,
      }
    : {
        ...both,
        title: 'task scheduler (simulated)',
        skip: process.platform === 'linux' ? false : 'the simulator runs on Linux',
        start: startSimulated,
      };
