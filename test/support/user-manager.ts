import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { chown, copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Roots } from '../../src/layout.ts';
import { defaultService } from '../../src/service/name.ts';
import { type Argv, type ExecOptions, type ExecResult, systemExec } from '../../src/system/exec.ts';
import { systemFiles } from '../../src/system/files.ts';
import { usualRoots } from '../../src/system/roots.ts';
import { realSystem, type System } from '../../src/system/system.ts';
import { bring, lab, noteMade, type Ran, type RunOptions, ran } from './lab.ts';
import { claimPort } from './ports.ts';

/** A throw-away user with a real `systemd --user`. */
export interface LabUser {
  name: string;
  uid: number;
  gid: number;
  home: string;
  /** A Node that this user may run. */
  node: string;
  /** Runs argv as the user, in a clean login environment with the user manager's XDG_RUNTIME_DIR, in the home. */
  run(argv: Argv, options?: RunOptions): Promise<Ran>;
  /** `run` that throws unless it exits 0; gives stdout. */
  must(argv: Argv, options?: RunOptions): Promise<string>;
  /** Starts argv as the user with all of its streams as pipes; whoever starts it must end it. */
  spawn(argv: Argv): ChildProcessWithoutNullStreams;
  /** `systemctl --user …`, must exit 0. */
  systemctl(...args: string[]): Promise<string>;
  /** Writes a file as the user: missing directories and the file belong to them. */
  write(path: string, content: string, mode?: number): Promise<void>;
  /** Copies entries of the repository into the home; gives the directory that holds them. */
  bring(entries: readonly string[]): Promise<string>;
  /** What the code under test is given to act as this user, from within this process. */
  system: System;
  roots: Roots;
}

const runtime = (uid: number) => `/run/user/${uid}`;

/** `env -i` argv of the user's login environment. */
function asUser(
  user: Pick<LabUser, 'name' | 'uid' | 'gid' | 'home'>,
  env: ExecOptions['env'],
  argv: Argv,
): Argv {
  const login: Record<string, string | undefined> = {
    HOME: user.home,
    USER: user.name,
    LOGNAME: user.name,
    SHELL: '/bin/bash',
    LANG: 'C.UTF-8',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    XDG_RUNTIME_DIR: runtime(user.uid),
    ...env,
  };
  const pairs = Object.entries(login).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${value}`],
  );
  const identity = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--init-groups'];
  return ['setpriv', ...identity, 'env', '-i', ...pairs, ...argv];
}

async function ownedMkdir(path: string, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  for (let made = path; first !== undefined && made.length >= first.length; made = dirname(made)) {
    await chown(made, uid, gid);
  }
}

function systemOf(user: Pick<LabUser, 'name' | 'uid' | 'gid' | 'home'>): System {
  const run = (argv: Argv, options: ExecOptions = {}): Promise<ExecResult> => {
    const { env, ...rest } = options;
    return systemExec.run(asUser(user, env, argv), { cwd: user.home, ...rest });
  };
  return {
    ...realSystem(),
    env: { HOME: user.home, XDG_RUNTIME_DIR: runtime(user.uid), PATH: '/usr/bin:/bin' },
    user: { name: user.name, uid: user.uid, home: user.home },
    exec: { ...systemExec, run },
    files: {
      ...systemFiles,
      async write(path, content, mode) {
        await ownedMkdir(dirname(path), user);
        await systemFiles.write(path, content, mode);
        await chown(path, user.uid, user.gid);
      },
      makeDirectory: (path) => ownedMkdir(path, user),
    },
  };
}

async function makeUser(name: string, [uid, gid, home]: [number, number, string]): Promise<LabUser> {
  const identity = { name, uid, gid, home };
  const system = systemOf(identity);
  // Theirs, so that an install links it: of a file of somebody else's, each install copies a hundred megabytes
  // (protected_hardlinks, proc(5)). And in their home: a sandbox with a /tmp of its own sees none of ours.
  const node = join(home, 'node');
  await copyFile(process.execPath, node);
  await chown(node, uid, gid);
  const run: LabUser['run'] = async (argv, options) => ran(argv, await system.exec.run(argv, options));
  const must: LabUser['must'] = async (argv, options) => {
    const { code, stdout, stderr } = await run(argv, options);
    if (code !== 0) throw new Error(`${argv.join(' ')}: exit ${code}: ${stderr}`);
    return stdout;
  };
  return {
    ...identity,
    node,
    run,
    must,
    spawn: (argv) =>
      systemExec.spawn(asUser(identity, {}, argv), {
        cwd: home,
        stdio: ['pipe', 'pipe', 'pipe'],
      }) as ChildProcessWithoutNullStreams,
    systemctl: (...args) => must(['systemctl', '--user', ...args]),
    write: (path, content, mode = 0o644) => system.files.write(path, content, mode),
    async bring(entries) {
      const directory = join(home, 'memoryd');
      await bring(entries, directory);
      await systemExec.run(['chown', '-R', `${uid}:${gid}`, directory]);
      return directory;
    },
    system,
    roots: usualRoots('linux', home),
  };
}

/** Users of test processes that were killed before they could clean up. */
async function sweep(): Promise<void> {
  const names = (await readFile('/etc/passwd', 'utf8')).match(/^mdt\d+x\d+(?=:)/gm) ?? [];
  const running = new Set(await readdir('/proc'));
  for (const name of names) {
    if (!running.has(/\d+/.exec(name)?.[0] ?? '')) await lab('user-manager.sh', ['down', name]);
  }
}

let count = 0;

/** A name that no user has had, whose default service has a port that no other test uses. */
function freshUser(): { name: string; release(): void } {
  for (;;) {
    count += 1;
    const name = `mdt${process.pid}x${count}`;
    const claim = claimPort(name, defaultService);
    if (claim !== undefined) return { name, release: claim.release };
  }
}

/**
 * Starts a real user manager for a new user, hands it to `body`, and takes all of it away again, whatever happens.
 * Needs what `needsUserManager` tells. Users of different calls and processes never meet.
 */
export async function withUserManager<T>(body: (user: LabUser) => Promise<T>): Promise<T> {
  if (count === 0) await sweep();
  const { name, release } = freshUser();
  try {
    noteMade(name);
    const [uid = '', gid, home] = (await lab('user-manager.sh', ['up', name])).split(' ');
    noteMade(name, uid);
    return await body(await makeUser(name, [Number(uid), Number(gid), home ?? '']));
  } finally {
    await lab('user-manager.sh', ['down', name]);
    release();
  }
}
