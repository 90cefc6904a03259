// Finds what a test run has left on the machine. A run has its own temporary directory: files in it, and processes and
// crontab lines that contain its name, belong to the run. So do its temporary accounts and machines, which the tests
// list in a file.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { usualRoots } from '../../src/system/roots.ts';

/** The compile cache of Node, in the directory of the run. */
const compileCache = 'node-compile-cache';

/** The file in which the tests list the accounts and machines they create: test/support/lab.ts. */
const notesName = 'made';

/** The directory in which the tests claim ports: test/support/ports.ts. */
const portsName = 'ports';

const linux = process.platform === 'linux';

/** The entries of a directory; none if it is missing or this user may not read it. */
function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** The text of a file; empty if it is missing (its process may have ended) or this user may not read it. */
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

/** The accounts and machines that a run has created, as the tests listed them: `name` or `name uid` per line. */
interface Made {
  names: Set<string>;
  /** User ids that no account has any more. */
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

/** The cgroup hierarchies that systemd may use: cgroup2, and the one named after it. */
function hierarchies(): string[] {
  return text('/proc/self/mountinfo')
    .split('\n')
    .filter((line) => line.includes(' - cgroup2 ') || line.includes('name=systemd'))
    .map((line) => line.split(' ')[4] ?? '');
}

/** What is left of the accounts and machines of a run. */
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

/** The crontab of the user who runs the tests. Temporary homes share it. */
function crontab(): string {
  try {
    return execFileSync('crontab', ['-l'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    // There is no crontab, or no cron.
    return '';
  }
}

/** The files of memoryd in the real home of the user who runs the tests. No test may change them. */
function ownHome(): string[] {
  const roots = usualRoots(process.platform, userInfo().homedir);
  return Object.values(roots).flatMap((root) => list(root).map((name) => join(root, name)));
}

/** Processes with the directory in their environment or command line. */
function processesOf(directory: string): string[] {
  return list('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => text(`/proc/${pid}/environ`).includes(directory))
    .map((pid) => `process ${pid} ${text(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()}`);
}

/** The environment of one run, and the check at its end. */
export interface Run {
  /** The environment of the tests, on Linux with its own temporary directory. */
  env: NodeJS.ProcessEnv;
  /** Removes the directory of the run. Returns what else the run has left, for display. */
  end(): Promise<string[]>;
}

/**
 * Begins a run. Nothing is compared on other systems than Linux: macOS has no /proc, and its temporary directories have
 * such long paths that a socket in a deeper one would exceed 104 bytes.
 */
export function beginRun(): Run {
  if (!linux) return { env: process.env, end: async () => [] };
  // The path is short, because sockets are created in it (108 bytes). Its mode is that of /tmp.
  const directory = mkdtempSync(join(tmpdir(), 'mdt-'));
  execFileSync('chmod', ['1777', directory]);
  const notes = join(directory, notesName);
  const before = new Set(ownHome());

  const look = (): string[] => [
    ...processesOf(directory),
    ...list(directory)
      .filter((name) => ![compileCache, notesName, portsName].includes(name))
      .map((name) => join(directory, name)),
    ...crontab()
      .split('\n')
      .filter((line) => line.includes(directory))
      .map((line) => `crontab line ${line}`),
    ...remains(readMade(notes)),
    ...ownHome().filter((one) => !before.has(one)),
  ];
  return {
    // Node takes longer to strip the types of a file than to compile it, in each of thousands of processes.
    env: {
      ...process.env,
      TMPDIR: directory,
      NODE_COMPILE_CACHE: join(directory, compileCache),
      MEMORYD_TEST_MADE: notes,
      MEMORYD_TEST_PORTS: join(directory, portsName),
    },
    async end() {
      // Processes that were asked to stop may need a moment.
      for (let tries = 0; tries < 50 && look().length > 0; tries += 1) await delay(100);
      const left = look();
      rmSync(directory, { recursive: true, force: true });
      return left;
    },
  };
}
