import type { Log } from '../service/log.ts';
import type { System } from '../system/system.ts';

/**
 * Sends a message to the manager at NOTIFY_SOCKET. Node has no unix datagram sockets, so systemd-notify sends it, which
 * takes 4 ms. Resolves when it is sent. A failure is only logged; the manager has its own timeout.
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

/** Notifies the manager that the host is ready. */
export function notifyReady(
  system: Pick<System, 'exec'>,
  socket: string,
  status: string,
  log: Log,
): Promise<void> {
  return notify(system, socket, ['--ready', `--status=${status}`], log);
}

/** Notifies the manager that the host is alive, for a manager that kills hosts without this notification. */
export function notifyAlive(system: Pick<System, 'exec'>, socket: string, log: Log): Promise<void> {
  return notify(system, socket, ['WATCHDOG=1'], log);
}
