import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { agentPath, labelOf } from '../../../src/platform/launchd/label.ts';
import { usualRoots } from '../../../src/system/roots.ts';
import { startLaunchd } from '../../simulators/launchd/index.ts';
import { until } from '../../support/until.ts';
import type { Machine, World } from '../world.ts';
import { makeHome, runnerWith } from './own-home.ts';

export const foreignPlist = (label: string): string => `<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict><key>Label</key><string>${label}</string>
<key>ProgramArguments</key><array><string>/bin/sleep</string><string>600</string></array></dict></plist>
`;

/** A simulated Mac with its user at the screen. */
async function start(): Promise<Machine> {
  const own = await makeHome();
  const { home, service, directory } = own;
  const launchd = await startLaunchd({
    dir: join(directory, 'launchd'),
    home,
    variables: { XDG_RUNTIME_DIR: own.runtime },
    timing: { throttleSecondMs: 40, exitSecondMs: 200, reservedMs: 200 },
  });
  const { PATH } = launchd.env;
  const runner = runnerWith(home, { HOME: home, PATH, XDG_RUNTIME_DIR: own.runtime });
  const label = labelOf(service);
  const target = `gui/${launchd.uid}/${label}`;
  const plist = agentPath(home, service);
  const launchctl = async (...args: string[]) => (await runner.run(['launchctl', ...args])).code;
  const bootout = async () => {
    await launchctl('bootout', target);
    await until('launchd has let it go', async () => (await launchctl('print', target)) === 113);
  };
  return {
    ...own,
    runner,
    path: PATH,
    roots: usualRoots('linux', home),
    edit: (unit) => unit.replace('<integer>10</integer>', '<integer>11</integer>'),
    isRegistered: async () => (await launchctl('print', target)) === 0,
    async disable() {
      await launchctl('disable', target);
      await bootout();
    },
    async loseUnit() {
      await rm(plist);
      await bootout();
    },
    async plantForeignUnit() {
      const text = foreignPlist(label);
      await own.write(plist, text);
      return async () => (await readFile(plist, 'utf8')) === text;
    },
    async relogin() {
      await launchd.logout();
      await launchd.login();
    },
    async reboot() {
      await launchd.reboot();
      await launchd.login();
    },
    async [Symbol.asyncDispose]() {
      await launchd.stop();
      await own[Symbol.asyncDispose]();
    },
  };
}

const simulated: World = {
  backend: 'launchd',
  title: 'launchd (simulated)',
  skip: process.platform === 'linux' ? false : 'the simulator runs on Linux',
  tool: 'launchctl',
  // print, and print-disabled where macOS does not let us read the overrides.
  commandsWhenStopped: 2,
  start,
};

export const launchd = simulated;
