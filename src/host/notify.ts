import type { Log } from '../service/log.ts';
import type { System } from '../system/system.ts';

/**
 * Tells whoever waits at NOTIFY_SOCKET that the host is ready. Node has no datagram sockets of that family, so
 * systemd-notify says it. Resolves when it is said; a failure is logged, and the manager's own timeout judges it.
 */
export function notifyReady(
  system: Pick<System, 'exec'>,
  socket: string,
  status: string,
  log: Log,
): Promise<void> {
  return new Promise((resolve) => {
    const env = { ...process.env, NOTIFY_SOCKET: socket };
    const child = system.exec.spawn(['systemd-notify', '--ready', `--status=${status}`], {
      env,
      stdio: 'ignore',
    });
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
