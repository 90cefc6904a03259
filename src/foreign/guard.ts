import type { ChildProcess } from 'node:child_process';
import type { Log } from '../service/log.ts';
import type { System } from '../system/system.ts';

/** Stands by a process group and kills it when this process dies, however it dies. */
export interface Guard {
  /** The group is gone, or is ours to end: the guard goes without doing anything. */
  release(): void;
}

/**
 * Nobody tells a process of its parent's death, but a pipe ends: xargs reads until then, and runs kill on the group it
 * was told. It costs a megabyte, and needs no shell. systemd does the same by itself, and Windows ends children of ours
 * with the job object Node puts them in.
 */
export function guardGroup(
  { exec, platform, env }: Pick<System, 'exec' | 'platform' | 'env'>,
  group: number,
  log: Log,
): Guard {
  if (platform === 'win32' || env.SYSTEMD_EXEC_PID === String(process.pid))
    return { release: () => undefined };
  const guard = exec.spawn(['xargs', 'kill', '-KILL', '--'], {
    // In a session of its own: whoever kills our group must not kill the guard with it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: env.PATH },
  });
  guard.on('error', (error) => log('guard.missing', { error: error.message }));
  guard.stdin?.on('error', (error) => log('guard.missing', { error: error.message }));
  guard.stdin?.write(`-${group}\n`);
  guard.unref();
  return { release: () => end(guard) };
}

/** Killed before its input ends, it has run nothing. */
function end(guard: ChildProcess): void {
  guard.kill('SIGKILL');
  guard.stdin?.destroy();
}
