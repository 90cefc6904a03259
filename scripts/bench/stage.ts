import { spawnSync } from 'node:child_process';
import { chown, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServicePaths, servicePaths } from '../../src/layout.ts';
import { readRuns } from '../../src/runtime/run-history-file.ts';
import type { ServiceStatus } from '../../src/service/status.ts';
import { systemFiles } from '../../src/system/files.ts';
import { usualRoots } from '../../src/system/roots.ts';
import { packageEntries } from '../../test/support/cli.ts';
import { freePort } from '../../test/support/host-home.ts';
import { bring } from '../../test/support/lab.ts';
import { needsUserManager } from '../../test/support/machine-needs.ts';
import { until } from '../../test/support/until.ts';
import { withUserManager } from '../../test/support/user-manager.ts';
import { ensureBuilt } from '../cli.ts';
import { type As, timeCommand } from './processes.ts';

export type StageBackend = 'systemd' | 'standalone';

/** A user who has unpacked memoryd and installed no service. */
export interface Stage {
  backend: StageBackend;
  node: string;
  as: As;
  /** A port that was free shortly before. */
  port: number;
  /** The argv of `node memoryd …`, for that user. */
  argv(...args: string[]): [string, ...string[]];
  /** Runs it and returns the milliseconds. Throws unless it exits with 0. */
  run(...args: string[]): number;
  /** The argv that installs the bundled daemon, or `command` if given, on `port`. */
  installArgv(name?: string, command?: readonly string[]): [string, ...string[]];
  status(name?: string): ServiceStatus;
  /** The names of the installed services. */
  names(): string[];
  paths(name?: string): ServicePaths;
  /**
   * Resolves when the run history of the bundled daemon with that pid says that it is ready. If it were killed before,
   * that would count as a failed start.
   */
  settled(pid: number): Promise<void>;
}

/** The user of a stage, and its files. */
interface Scene {
  backend: StageBackend;
  home: string;
  node: string;
  /** The directory of the unpacked program. */
  directory: string;
  as: As;
}

async function stageIn({ backend, home, node, directory, as }: Scene): Promise<Stage> {
  const port = await freePort();
  const paths = (name = 'memory') => servicePaths(usualRoots('linux', home), name);
  const argv = (...args: string[]): [string, ...string[]] => [
    node,
    join(directory, 'dist', 'memoryd.cjs'),
    ...args,
  ];
  const statuses = (...names: string[]) => {
    const [command, ...args] = argv('status', ...names, '--json');
    // The exit code reflects the state of the services.
    const { stdout } = spawnSync(command, args, { ...as, encoding: 'utf8' });
    return (JSON.parse(stdout) as { services: ServiceStatus[] }).services;
  };
  const status = (name = 'memory') => {
    const [one] = statuses(name);
    if (one === undefined) throw new Error(`no status of ${name}`);
    return one;
  };
  return {
    backend,
    node,
    as,
    port,
    argv,
    status,
    names: () =>
      statuses()
        .filter(({ state }) => state !== 'not-installed')
        .map(({ name }) => name),
    run: (...args) => timeCommand(argv(...args), as),
    // Without --no-login a standalone install would write the crontab of the user who runs the benchmarks.
    installArgv: (name = 'memory', command) => {
      const flags = [
        '--backend',
        backend,
        '--no-login',
        ...(command === undefined ? ['--port', String(port)] : []),
      ];
      return argv('install', name, ...flags, ...(command === undefined ? [] : ['--', ...command]));
    },
    paths,
    async settled(pid) {
      await until('the daemon is settled', async () => {
        const current = (await readRuns({ files: systemFiles }, paths()))?.current;
        return current?.pid === pid && current.ready;
      });
    },
  };
}

async function onSystemd<T>(body: (stage: Stage) => Promise<T>): Promise<T> {
  return withUserManager(async (user) => {
    const { uid, gid, home } = user;
    const directory = await user.bring(packageEntries);
    // As a version manager installs it: Node belongs to its user, who may then create links to it.
    const node = join(home, 'node');
    await copyFile(process.execPath, node);
    await chown(node, uid, gid);
    const env = {
      HOME: home,
      USER: user.name,
      LOGNAME: user.name,
      LANG: 'C.UTF-8',
      PATH: '/usr/local/bin:/usr/bin:/bin',
      XDG_RUNTIME_DIR: `/run/user/${uid}`,
    };
    const as = { cwd: home, env, uid, gid };
    return body(await stageIn({ backend: 'systemd', home, node, directory, as }));
  });
}

async function onNothing<T>(body: (stage: Stage) => Promise<T>): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'memoryd-bench-'));
  const run = join(home, 'run');
  await mkdir(run, { mode: 0o700 });
  await bring(packageEntries, join(home, 'memoryd'));
  const env = { HOME: home, LANG: 'C.UTF-8', PATH: process.env.PATH, XDG_RUNTIME_DIR: run };
  const as = { cwd: home, env };
  const scene = { home, node: process.execPath, directory: join(home, 'memoryd'), as };
  const stage = await stageIn({ backend: 'standalone', ...scene });
  try {
    return await body(stage);
  } finally {
    for (const name of stage.names()) stage.run('uninstall', name, '--purge', '--yes');
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * Creates the stage with a real user manager if the machine can run one, else without a manager, and removes everything
 * afterwards.
 */
export async function withStage<T>(body: (stage: Stage) => Promise<T>, backend?: StageBackend): Promise<T> {
  await ensureBuilt();
  const wanted = backend ?? (needsUserManager === false ? 'systemd' : 'standalone');
  return wanted === 'systemd' ? onSystemd(body) : onNothing(body);
}
