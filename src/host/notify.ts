import type { Log } from '../service/log.ts';
import type { System } from '../system/system.ts';

/**
 * Tells whoever waits at NOTIFY_SOCKET. Node has no datagram sockets of that family, so systemd-notify says it, which
 * takes 4 ms. Resolves when it is said; a failure is logged, and the manager's own timeout judges it.
 */
function notify(
  system: Pick<System, 'exec'>,
  socket: string,
  words: readonly string[],
  log: Log,
): Promise<void> {
  return new Promise((resolve) => {
    const env = { ...process.env, NOTIFY_SOCKET: socket };
    const child = system.exec.spawn(['systemd-notify', ...words], { env, stdio: 'ignore' });
    child.once('error', (error) => {
      log('notify.failed', { why: error.message });
      resolve();
    });
    child.once('exit', (code, signal) => {
      if (code !== 0) log('notify.failed', { code, signal });
      resolve();
    });
  });
}

/** Says that the host is ready. */
export function notifyReady(
  system: Pick<System, 'exec'>,
  socket: string,
  status: string,
  log: Log,
): Promise<void> {
  return notify(system, socket, ['--ready', `--status=${status}`], log);
}

/** Says that the host is alive, to a manager that ends one that does not. */
export function notifyAlive(system: Pick<System, 'exec'>, socket: string, log: Log): Promise<void> {
  return notify(system, socket, ['WATCHDOG=1'], log);
}
