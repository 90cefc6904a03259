import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { servicePaths } from '../../../src/layout.ts';
import { recordPath } from '../../../src/runtime/launch-record.ts';
import { usualRoots } from '../../../src/system/roots.ts';
import { crontabScript } from '../../support/crontab.ts';
import { hostsOf, killAll } from '../../support/processes.ts';
import { until } from '../../support/until.ts';
import type { Machine, World } from '../world.ts';
import { autostarted } from './desktop-session.ts';
import { makeHome, runnerWith } from './own-home.ts';

/**
 * A user of a machine without a service manager: cron starts things at boot, the desktop what lies in the autostart
 * directory. The user's own crontab is not touched.
 */
async function start(): Promise<Machine> {
  const own = await makeHome();
  const { home, runtime, service } = own;
  const config = join(home, '.config');
  const temporary = join(own.directory, 'tmp');
  await mkdir(join(config, 'autostart'), { recursive: true });
  await mkdir(temporary, { mode: 0o700 });
  const bin = join(own.directory, 'bin');
  await own.write(join(bin, 'crontab'), crontabScript, 0o755);
  const table = join(own.directory, 'crontab');
  const path = `${bin}:${process.env.PATH ?? ''}`;
  const env = { HOME: home, PATH: path, XDG_RUNTIME_DIR: runtime, TMPDIR: temporary, CRONTAB: table };
  const runner = runnerWith(home, env);
  const roots = usualRoots(process.platform, home);
  const record = recordPath(servicePaths(roots, service));
  const entries = async () =>
    (await readdir(join(config, 'autostart'))).map((name) => join(config, 'autostart', name));
  const kill = async () => {
    // A supervisor may have started another host meanwhile.
    await until('nothing of it runs', async () => {
      const left = await hostsOf(service);
      killAll(left);
      return left.length === 0;
    });
  };
  /** What starts the service by itself goes. */
  const forget = async () => {
    for (const entry of await entries()) await rm(entry);
    await rm(table, { force: true });
  };
  const login = async () => {
    for (const argv of await autostarted(config)) await runner.run(argv);
  };
  /** What cron does after a boot. */
  const boot = async () => {
    for (const line of existsSync(table) ? (await readFile(table, 'utf8')).split('\n') : []) {
      if (line.startsWith('@reboot ')) await runner.run(['/bin/sh', '-c', line.slice('@reboot '.length)]);
    }
  };
  return {
    ...own,
    runner,
    path,
    roots,
    edit: (unit) => unit.replace('"stopTimeoutSecs": 10', '"stopTimeoutSecs": 11'),
    isRegistered: async () =>
      (await entries()).length > 0 || (existsSync(table) && (await readFile(table, 'utf8')) !== ''),
    async disable() {
      await forget();
      await kill();
    },
    async loseUnit() {
      await forget();
      await rm(record);
      await kill();
    },
    async plantForeignUnit() {
      await own.write(record, '{"what":"else"}');
      return async () => (await readFile(record, 'utf8')) === '{"what":"else"}';
    },
    // Nothing of ours ends with a session here.
    relogin: login,
    async reboot() {
      await kill();
      for (const directory of [runtime, temporary]) {
        await rm(directory, { recursive: true });
        await mkdir(directory, { mode: 0o700 });
      }
      await boot();
      await login();
    },
    async [Symbol.asyncDispose]() {
      await kill();
      await own[Symbol.asyncDispose]();
    },
  };
}

export const standalone: World = {
  backend: 'standalone',
  title: 'standalone',
  skip: process.platform === 'win32' ? 'Windows hands no listening socket over' : false,
  tool: undefined,
  start,
};
