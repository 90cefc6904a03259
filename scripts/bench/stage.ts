import { spawnSync } from 'node:child_process';
import { chown, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceStatus } from '../../src/service/status.ts';
import { packageEntries } from '../../test/support/cli.ts';
import { freePort } from '../../test/support/host-home.ts';
import { bring } from '../../test/support/lab.ts';
import { needsUserManager } from '../../test/support/machine-needs.ts';
import { withUserManager } from '../../test/support/user-manager.ts';
import { ensureBuilt } from '../cli.ts';
import { type As, timeCommand } from './processes.ts';

export type StageBackend = 'systemd' | 'standalone';

/** A user with memoryd unpacked and nothing installed. */
export interface Stage {
  backend: StageBackend;
  node: string;
  as: As;
  /** A port that was free a moment ago. */
  port: number;
  /** `node memoryd …` as that user. */
  argv(...args: string[]): [string, ...string[]];
  /** Runs it; throws unless it exits 0. Gives milliseconds. */
  run(...args: string[]): number;
  /** Installs the bundled daemon, or what `command` says, on `port`. */
  installArgv(name?: string, command?: readonly string[]): [string, ...string[]];
  status(name?: string): ServiceStatus;
  /** What is installed. */
  names(): string[];
  token(): Promise<string>;
}

function stageOf(backend: StageBackend, node: string, directory: string, as: As, port: number): Stage {
  const argv = (...args: string[]): [string, ...string[]] => [
    node,
    join(directory, 'dist', 'memoryd.cjs'),
    ...args,
  ];
  const statuses = (...names: string[]) => {
    const [command, ...args] = argv('status', ...names, '--json');
    // Its exit code tells how the services are.
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
    // Without --no-login a standalone install would write the crontab of whoever runs the benchmarks.
    installArgv: (name = 'memory', command) => {
      const flags = [
        '--backend',
        backend,
        '--no-login',
        ...(command === undefined ? ['--port', String(port)] : []),
      ];
      return argv('install', name, ...flags, ...(command === undefined ? [] : ['--', ...command]));
    },
    token: async () => (await readFile(status().paths.token, 'utf8')).trim(),
  };
}

async function onSystemd<T>(body: (stage: Stage) => Promise<T>): Promise<T> {
  return withUserManager(async (user) => {
    const { uid, gid, home, node } = user;
    const directory = await user.bring(packageEntries);
    // A version manager's Node belongs to its user, who may then make links to it.
    if (node.startsWith(home)) await chown(node, uid, gid);
    const env = {
      HOME: home,
      USER: user.name,
      LOGNAME: user.name,
      LANG: 'C.UTF-8',
      PATH: '/usr/local/bin:/usr/bin:/bin',
      XDG_RUNTIME_DIR: `/run/user/${uid}`,
    };
    return body(stageOf('systemd', node, directory, { cwd: home, env, uid, gid }, await freePort()));
  });
}

async function onNothing<T>(body: (stage: Stage) => Promise<T>): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'memoryd-bench-'));
  const run = join(home, 'run');
  await mkdir(run, { mode: 0o700 });
  await bring(packageEntries, join(home, 'memoryd'));
  const env = { HOME: home, LANG: 'C.UTF-8', PATH: process.env.PATH, XDG_RUNTIME_DIR: run };
  const as = { cwd: home, env };
  const stage = stageOf('standalone', process.execPath, join(home, 'memoryd'), as, await freePort());
  try {
    return await body(stage);
  } finally {
    for (const name of stage.names()) stage.run('uninstall', name, '--purge', '--yes');
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Sets the stage on a real user manager where the machine can have one, else without any; takes everything away again. */
export async function withStage<T>(body: (stage: Stage) => Promise<T>, backend?: StageBackend): Promise<T> {
  await ensureBuilt();
  const wanted = backend ?? (needsUserManager === false ? 'systemd' : 'standalone');
  return wanted === 'systemd' ? onSystemd(body) : onNothing(body);
}
