// What a run of the tests has left on the machine. A run gets a temporary directory of its own: what lies in it, or carries
// its name, is the run's. So is what belongs to its throw-away accounts and machines, which the tests note in a file.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { usualRoots } from '../../src/system/roots.ts';

/** Node's own, within the directory of the run. */
const compileCache = 'node-compile-cache';

/** Where the tests note the accounts and machines they make: test/support/lab.ts. */
const notesName = 'made';

const linux = process.platform === 'linux';

/** The entries of a directory; none where it is missing or closed to this user. */
function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** The text of a file; empty where it is missing or closed to this user, as what is gone by now is. */
function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function owner(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.uid;
}

/** The accounts and machines that a run has made, as the lab of the tests noted them: `name` or `name uid`, one a line. */
interface Made {
  names: Set<string>;
  /** Numbers that no account has any more. */
  freeUids: Set<number>;
}

function readMade(notes: string): Made {
  const lines = text(notes).split('\n').filter(Boolean);
  const taken = new Set(accounts().map(({ uid }) => uid));
  const uids = lines.map((line) => Number(line.split(' ')[1] ?? Number.NaN));
  return {
    names: new Set(lines.map((line) => line.split(' ')[0] ?? '')),
    freeUids: new Set(uids.filter((uid) => uid > 0 && !taken.has(uid))),
  };
}

function accounts(): { name: string; uid: number }[] {
  const fields = text('/etc/passwd')
    .split('\n')
    .map((line) => line.split(':'));
  return fields.map(([name = '', , uid]) => ({ name, uid: Number(uid) }));
}

/** Where systemd may keep cgroups: cgroup2, and the hierarchy it names after itself. */
function hierarchies(): string[] {
  return text('/proc/self/mountinfo')
    .split('\n')
    .filter((line) => line.includes(' - cgroup2 ') || line.includes('name=systemd'))
    .map((line) => line.split(' ')[4] ?? '');
}

/** What the accounts and machines of a run still have on this machine. */
function remains({ names, freeUids }: Made): string[] {
  const isOurs = (name: string): boolean => names.has(name.replace(/^memoryd-/, '').replace(/\.\w+$/, ''));
  const nobodys = (path: string): boolean => freeUids.has(owner(path) ?? 0);
  const within = (directory: string, chosen: (path: string, name: string) => boolean) =>
    list(directory)
      .filter((name) => chosen(join(directory, name), name))
      .map((name) => join(directory, name));
  const ofNumber = (name: string): boolean =>
    freeUids.has(Number(/^(?:user-)?(\d+)(?:\.slice)?$/.exec(name)?.[1]));
  const machines = join(process.env.MEMORYD_LAB ?? '/var/tmp/memoryd-lab', 'machines');
  return [
    ...accounts()
      .filter(({ name }) => names.has(name))
      .map(({ name }) => `account ${name}`),
    ...['/tmp', '/var/tmp', '/dev/shm', '/home', '/var/mail', '/var/spool/cron/crontabs'].flatMap(
      (directory) => within(directory, (path, name) => nobodys(path) || isOurs(name)),
    ),
    ...within('/run/user', (_, name) => ofNumber(name)),
    ...within('/run/memoryd-lab', (_, name) => isOurs(name)),
    ...within(machines, (_, name) => isOurs(name)),
    ...hierarchies().flatMap((root) => [
      ...within(root, (_, name) => isOurs(name)),
      ...within(join(root, 'user.slice'), (_, name) => ofNumber(name)),
    ]),
    ...text('/proc/self/mountinfo')
      .split('\n')
      .map((line) => line.split(' ')[4] ?? '')
      .filter((path) => path.startsWith(`${machines}/`) && isOurs(path.slice(machines.length + 1)))
      .map((path) => `mount ${path}`),
    ...list('/proc')
      .filter((name) => /^\d+$/.test(name) && nobodys(join('/proc', name)))
      .map((pid) => `process ${pid} ${text(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()}`),
  ];
}

/** The crontab of whoever runs the tests. Throw-away homes share it. */
function crontab(): string {
  try {
    return execFileSync('crontab', ['-l'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    // There is no table, or no cron.
    return '';
  }
}

/** What memoryd keeps in the real home of whoever runs the tests, which no test may touch. */
function ownHome(): string[] {
  const roots = usualRoots(process.platform, userInfo().homedir);
  return Object.values(roots).flatMap((root) => list(root).map((name) => join(root, name)));
}

/** Processes that know the directory: it is in their environment or their command line. */
function processesOf(directory: string): string[] {
  return list('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => text(`/proc/${pid}/environ`).includes(directory))
    .map((pid) => `process ${pid} ${text(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()}`);
}

/** The place of one run, and what was there before it. */
export interface Run {
  /** What the tests get, with a temporary directory of their own on Linux. */
  env: NodeJS.ProcessEnv;
  /** What the run has left behind, for people; its own directory is removed. */
  end(): Promise<string[]>;
}

/**
 * Begins a run. Elsewhere than on Linux nothing is compared: macOS has temporary directories so long that a socket in a
 * longer one would have no name (104 bytes), and no /proc.
 */
export function beginRun(): Run {
  if (!linux) return { env: process.env, end: async () => [] };
  // Short, because sockets are made in it (108 bytes), and as open as /tmp is.
  const directory = mkdtempSync(join(tmpdir(), 'mdt-'));
  execFileSync('chmod', ['1777', directory]);
  const notes = join(directory, notesName);
  const before = new Set(ownHome());

  const look = (): string[] => [
    ...processesOf(directory),
    ...list(directory)
      .filter((name) => name !== compileCache && name !== notesName)
      .map((name) => join(directory, name)),
    ...crontab()
      .split('\n')
      .filter((line) => line.includes(directory))
      .map((line) => `crontab line ${line}`),
    ...remains(readMade(notes)),
    ...ownHome().filter((one) => !before.has(one)),
  ];
  return {
    // Removing the types of a file takes Node longer than compiling it, in each of thousands of processes.
    env: {
      ...process.env,
      TMPDIR: directory,
      NODE_COMPILE_CACHE: join(directory, compileCache),
      MEMORYD_TEST_MADE: notes,
    },
    async end() {
      // What was asked to end may need a moment.
      for (let tries = 0; tries < 50 && look().length > 0; tries += 1) await delay(100);
      const left = look();
      rmSync(directory, { recursive: true, force: true });
      return left;
    },
  };
}
