import { readFile, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { agentPath, labelOf } from '../../../src/platform/launchd/label.ts';
import { usualRoots } from '../../../src/system/roots.ts';
import { startLaunchd } from '../../simulators/launchd/index.ts';
import { until } from '../../support/until.ts';
import { type Machine, needsReal, type World } from '../world.ts';
import { type Environment, makeHome, type OwnHome, runnerWith } from './own-home.ts';

const foreignPlist = (label: string): string => `<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict><key>Label</key><string>${label}</string>
<key>ProgramArguments</key><array><string>/bin/sleep</string><string>600</string></array></dict></plist>
`;

/** What is the same on a real Mac and a simulated one. `domains` are those that a label of ours may be in. */
function macOf(
  own: OwnHome,
  { env, path, domains }: { env: Environment; path: string; domains: readonly string[] },
): Omit<Machine, 'roots' | 'relogin' | 'reboot'> {
  const { home, service } = own;
  const runner = runnerWith(home, env);
  const label = labelOf(service);
  const targets = domains.map((domain) => `${domain}/${label}`);
  const plist = agentPath(home, service);
  const launchctl = async (...args: string[]) => (await runner.run(['launchctl', ...args])).code;
  const loaded = async () => {
    const codes = await Promise.all(targets.map((target) => launchctl('print', target)));
    return targets.filter((_, index) => codes[index] === 0);
  };
  const bootout = async () => {
    for (const target of await loaded()) await launchctl('bootout', target);
    await until('launchd has let it go', async () => (await loaded()).length === 0);
  };
  return {
    ...own,
    runner,
    path,
    edit: (unit) => unit.replace('<integer>10</integer>', '<integer>11</integer>'),
    isRegistered: async () => (await loaded()).length > 0,
    async disable() {
      for (const target of targets) await launchctl('disable', target);
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
    async [Symbol.asyncDispose]() {
      await bootout();
      // An override outlives everything else.
      for (const target of targets) await launchctl('enable', target);
      await own[Symbol.asyncDispose]();
    },
  };
}

/** A simulated Mac with its user at the screen. */
async function startSimulated(): Promise<Machine> {
  const own = await makeHome();
  const { home, directory, runtime } = own;
  const launchd = await startLaunchd({
    dir: join(directory, 'launchd'),
    home,
    variables: { XDG_RUNTIME_DIR: runtime },
    timing: { throttleSecondMs: 40, exitSecondMs: 200, reservedMs: 200 },
  });
  const { PATH } = launchd.env;
  const env = { HOME: home, PATH, XDG_RUNTIME_DIR: runtime };
  return {
    ...macOf(own, { env, path: PATH, domains: [`gui/${launchd.uid}`, `user/${launchd.uid}`] }),
    roots: usualRoots('linux', home),
    calls: async () => (await launchd.calls()).map(({ argv }) => argv.join(' ')),
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

const cannot = async () => {
  throw new Error('not with the session that runs the tests');
};

/** The launchd of this Mac, with a home of our own: agents are loaded from there, as after any login. */
async function startReal(): Promise<Machine> {
  const own = await makeHome();
  const { uid } = userInfo();
  const path = process.env.PATH ?? '';
  const env = { HOME: own.home, PATH: path, TMPDIR: tmpdir() };
  return {
    ...macOf(own, { env, path, domains: [`gui/${uid}`, `user/${uid}`] }),
    roots: usualRoots('darwin', own.home),
    relogin: cannot,
    reboot: cannot,
  };
}

const both = {
  backend: 'launchd',
  tool: 'launchctl',
  // The job, and whether it is disabled: launchd prints nothing of that with the job (N17).
  questionsOfFailed: 2,
} as const;

const oneSession = 'the tests run in the only session there is';

/** The real one on a Mac, else the simulator. */
export const launchd: World =
  process.platform === 'darwin'
    ? {
        ...both,
        title: 'launchd',
        skip: needsReal('darwin'),
        lacks: { relogin: oneSession, reboot: oneSession },
        start: startReal,
      }
    : {
        ...both,
        title: 'launchd (simulated)',
        skip: process.platform === 'linux' ? false : 'the simulator runs on Linux',
        start: startSimulated,
      };
