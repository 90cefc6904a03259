import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { unitNames } from '../../../src/platform/systemd/names.ts';
import { systemExec } from '../../../src/system/exec.ts';
import { systemProcesses } from '../../../src/system/processes.ts';
import { lab } from '../../support/lab.ts';
import { needsUserManager } from '../../support/machine-needs.ts';
import { hostsOf, killAll } from '../../support/processes.ts';
import { freshName } from '../../support/service-name.ts';
import { until } from '../../support/until.ts';
import { type LabUser, withUserManager } from '../../support/user-manager.ts';
import { unpack } from '../unpacked.ts';
import type { Machine, World } from '../world.ts';

/** A real `systemd --user` of a throw-away user, until `end` is called. */
async function user(): Promise<{ user: LabUser; end(): Promise<void> }> {
  const over = Promise.withResolvers<void>();
  const began = Promise.withResolvers<LabUser>();
  const whole = withUserManager(async (one) => {
    began.resolve(one);
    await over.promise;
  });
  whole.catch(began.reject);
  return {
    user: await began.promise,
    async end() {
      over.resolve();
      await whole;
    },
  };
}

const isAlive = (pid: number): boolean => systemProcesses.startIdentity(pid) !== undefined;

/** The manager's own process, as scripts/lab keeps it. */
async function managerPid({ name }: LabUser): Promise<number> {
  return Number((await readFile(`/run/memoryd-lab/${name}.pid`, 'utf8')).split(' ')[0]);
}

async function start(): Promise<Machine> {
  const { user: alice, end } = await user();
  try {
    return await machineOf(alice, end);
  } catch (error) {
    await end();
    throw error;
  }
}

async function machineOf(alice: LabUser, end: () => Promise<void>): Promise<Machine> {
  const { home } = alice;
  const program = join(home, 'memoryd');
  await unpack(program);
  await systemExec.run(['chown', '-R', `${alice.uid}:${alice.gid}`, program]);
  const { name: service, release } = await freshName(alice.name);
  const names = unitNames(service);
  const units = join(home, '.config', 'systemd', 'user');
  const paths = [names.service, names.socket].map((name) => join(units, name));
  const boot = () => lab('user-manager.sh', ['up', alice.name]);
  return {
    runner: alice,
    path: '/usr/local/bin:/usr/bin:/bin',
    program,
    service,
    home,
    roots: alice.roots,
    places: [home, `/run/user/${alice.uid}/memoryd`],
    write: (path, content, mode) => alice.write(path, content, mode),
    edit: (unit) => `${unit}# edited\n`,
    async isRegistered() {
      const asked = ['--plain', '--no-legend', `memoryd-${service}.*`];
      // Exits 1 where there is none.
      const known = await alice.run(['systemctl', '--user', 'list-unit-files', ...asked]);
      const loaded = await alice.run(['systemctl', '--user', 'list-units', '--all', ...asked]);
      return `${known.stdout}${loaded.stdout}`.trim() !== '';
    },
    async disable() {
      await alice.systemctl('disable', '--now', '--quiet', names.service, names.socket);
    },
    async loseUnit() {
      await alice.systemctl('disable', '--now', '--quiet', names.service, names.socket);
      for (const path of paths) await rm(path);
      await alice.systemctl('daemon-reload');
    },
    async plantForeignUnit() {
      const [path = ''] = paths;
      const text = '[Service]\nExecStart=/bin/sleep 600\n';
      await alice.write(path, text);
      return async () => (await readFile(path, 'utf8')) === text;
    },
    async relogin() {
      await alice.systemctl('exit');
      await until('the session is over', async () => (await hostsOf(service)).length === 0);
      await boot();
    },
    async reboot() {
      const all = [{ pid: await managerPid(alice) }, ...(await hostsOf(service))];
      killAll(all);
      await until('all of them are gone', () => all.every(({ pid }) => !isAlive(pid)));
      await boot();
    },
    async [Symbol.asyncDispose]() {
      release();
      await end();
    },
  };
}

export const systemd: World = {
  backend: 'systemd',
  title: 'systemd --user',
  skip: needsUserManager,
  tool: 'systemctl',
  // test/chaos/killed-{install,upgrade,uninstall}.system.test.ts
  killedElsewhere: true,
  start,
};
