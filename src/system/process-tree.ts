import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from '../errors.ts';
import type { System } from './system.ts';

/**
 * A child and all its descendants. Grandchildren may have left its process group and session, and may outlive their
 * parents, but they keep the environment they were started with (L08, W11). Programs that write their title over the
 * environment (redis, PostgreSQL) are found only by group, session and parent.
 */
export interface Tree {
  /** The value of `treeVariable` in the environment of every member. It is unique. */
  marker: string;
  /** The leader of the group and session, as long as this process knows that the pid is still that child. */
  root?: number | undefined;
}

/** It is not among the variables that hosts pass on. */
export const treeVariable = '_MEMORYD_TREE';

interface ProcessCandidate {
  pid: number;
  parent: number;
  group: number;
  session: number;
  /** Whether the environment contains the marker. */
  marked: boolean;
}

/** Files of /proc report a size of 0, so readFileSync would allocate a new buffer for each: 50 MB for one scan. */
let room = Buffer.allocUnsafeSlow(16_384);

function readBytes(path: string): Buffer {
  const descriptor = openSync(path, 'r');
  try {
    let length = 0;
    for (;;) {
      const read = readSync(descriptor, room, length, room.length - length, null);
      if (read === 0) return room.subarray(0, length);
      length += read;
      if (length === room.length) room = Buffer.concat([room], 2 * length);
    }
  } finally {
    closeSync(descriptor);
  }
}

/**
 * The content of a file of /proc, valid until the next read; empty if the process has ended or belongs to another
 * user.
 */
function bytesOrNothing(path: string): Buffer {
  try {
    return readBytes(path);
  } catch (error) {
    const code = codeOf(error);
    // The process has ended, or belongs to another user.
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM')
      return room.subarray(0, 0);
    throw error;
  }
}

/** The same as text. */
export function readOrNothing(path: string): string {
  return bytesOrNothing(path).toString('latin1');
}

/** Whether a process was started with the variable: the whole entry must match. proc_pid_environ(5) */
function isMarked(pid: string, entry: string): boolean {
  const environment = bytesOrNothing(`/proc/${pid}/environ`);
  const at = environment.indexOf(entry, 0, 'latin1');
  return at === 0 || (at > 0 && environment[at - 1] === 0);
}

/** Fields 3 to 6 of /proc/PID/stat are state, parent, group and session. proc(5) */
function linuxCandidates(marker: string): ProcessCandidate[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const stat = readOrNothing(`/proc/${pid}/stat`);
    const [state, parent, group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (stat === '' || state === 'Z') return [];
    const marked = isMarked(pid, `${treeVariable}=${marker}\0`);
    return [
      { pid: Number(pid), parent: Number(parent), group: Number(group), session: Number(session), marked },
    ];
  });
}

/**
 * With -E, ps prints the environment after the command for processes of this user. ps(1) on macOS has no session ids.
 */
async function macCandidates({ exec }: Pick<System, 'exec'>, marker: string): Promise<ProcessCandidate[]> {
  const result = await exec.run(['/bin/ps', '-axwwE', '-o', 'pid=,ppid=,pgid=,stat=,command=']);
  if (result.kind !== 'exited') return [];
  return result.stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s(.*)$/.exec(line);
    if (match === null || match[4]?.startsWith('Z')) return [];
    const [pid, parent, group] = [Number(match[1]), Number(match[2]), Number(match[3])];
    return [
      { pid, parent, group, session: -1, marked: ` ${match[5]} `.includes(` ${treeVariable}=${marker} `) },
    ];
  });
}

/** This process and its ancestors. One of them may be in the tree, and must not be killed by its own child. */
function ancestry(all: readonly ProcessCandidate[]): Set<number> {
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
  const line = new Set<number>();
  for (
    let pid: number | undefined = process.pid;
    pid !== undefined && !line.has(pid);
    pid = parents.get(pid)
  ) {
    line.add(pid);
  }
  return line;
}

function members(all: readonly ProcessCandidate[], { root }: Tree): number[] {
  const ours = new Set<number>();
  const spared = ancestry(all);
  const isMember = ({ pid, parent, group, session, marked }: ProcessCandidate) =>
    marked ||
    (root !== undefined && (pid === root || group === root || session === root)) ||
    ours.has(parent);
  for (let before = -1; before !== ours.size; ) {
    before = ours.size;
    for (const one of all) if (!spared.has(one.pid) && isMember(one)) ours.add(one.pid);
  }
  return [...ours];
}

/** The pids of the living members of a tree. Always empty on Windows, which has no way to find them. */
export async function findTree(system: Pick<System, 'platform' | 'exec'>, tree: Tree): Promise<number[]> {
  if (system.platform === 'win32') return [];
  const all =
    system.platform === 'linux' ? linuxCandidates(tree.marker) : await macCandidates(system, tree.marker);
  return members(all, tree);
}

const rounds = 100;
const pauseMs = 20;

/**
 * Kills all members, and repeats that until none is found, because they may be forking. Returns the pids that could
 * not be killed. On Windows, kills the process tree below `root` while `root` lives.
 */
export async function killTree(system: Pick<System, 'platform' | 'exec'>, tree: Tree): Promise<number[]> {
  if (system.platform === 'win32') {
    // Exit code 128: no such process, so nothing is left.
    if (tree.root !== undefined) await system.exec.run(['taskkill', '/PID', String(tree.root), '/T', '/F']);
    return [];
  }
  let left = await findTree(system, tree);
  for (let round = 0; left.length > 0 && round < rounds; round += 1) {
    for (const pid of left) kill(pid);
    await delay(pauseMs);
    left = await findTree(system, tree);
  }
  return left;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // EPERM: it now belongs to another user, and is reported as not killed.
    if (codeOf(error) !== 'ESRCH' && codeOf(error) !== 'EPERM') throw error;
  }
}
