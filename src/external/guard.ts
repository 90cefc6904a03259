import type { ChildProcess } from 'node:child_process';
import type { Log } from '../service/log.ts';
import type { System } from '../system/system.ts';

/** A process that kills a process group when this process ends, however it ends. */
export interface Guard {
  /** Ends the guard without killing: the group has ended, or is stopped in another way. */
  release(): void;
}

/**
 * A process is not told when its parent ends, but its pipe ends: xargs reads until then, and runs kill on the group it
 * was given. It takes one megabyte and needs no shell. systemd kills groups itself, and on Windows the job object of
 * Node ends our children.
 */
export function guardGroup(
  { exec, platform, env }: Pick<System, 'exec' | 'platform' | 'env'>,
  group: number,
  log: Log,
): Guard {
  if (platform === 'win32' || env.SYSTEMD_EXEC_PID === String(process.pid))
    return { release: () => undefined };
  const guard = exec.spawn(['xargs', 'kill', '-KILL', '--'], {
    // In its own session, so that killing our group does not kill the guard.
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

/** Killing it before its input ends prevents it from running kill. */
function end(guard: ChildProcess): void {
  guard.kill('SIGKILL');
  guard.stdin?.destroy();
}
