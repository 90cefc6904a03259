import type { Verb } from '../../service/unit.ts';
import type { Argv } from '../../system/exec.ts';
import { unitNames } from './names.ts';

/** One call of systemctl. `lenient`: failing means there was nothing to do, and what is verified afterwards decides. */
export interface Call {
  argv: Argv;
  lenient?: true;
}

const systemctl = (...args: string[]): Argv => ['systemctl', '--user', ...args];

export const reload: Call = { argv: systemctl('daemon-reload') };

/** What each verb tells the manager, in order (pure). The call that may end ourselves comes last (L09). */
export function callsOf(verb: Verb, name: string): Call[] {
  const { service, socket } = unitNames(name);
  // Counters and start limits of old failures would refuse the next start (L05); units never loaded have none.
  const forget: Call = { argv: systemctl('reset-failed', service, socket), lenient: true };
  // Both: a socket left behind would start the service again at the next connection.
  const stop: Call = { argv: systemctl('stop', service, socket), lenient: true };
  switch (verb) {
    case 'register':
      // reenable and not enable: it also takes old links away when the unit is not to start at login any more.
      return [{ argv: systemctl('reenable', '--quiet', '--no-reload', service, socket) }, reload];
    case 'start':
      return [forget, { argv: systemctl('start', socket, service), lenient: true }];
    case 'stop':
      return [stop];
    case 'restart':
      // The socket stays: nobody is refused meanwhile.
      return [reload, forget, { argv: systemctl('restart', service), lenient: true }];
    case 'unregister':
      return [{ argv: systemctl('disable', '--quiet', service, socket), lenient: true }, stop];
    case 'settle':
      return [reload, forget];
  }
}

/** Puts a changed port into effect, too: an active socket keeps, or drops, what it had before. */
export function restartBoth(name: string): Call {
  const { service, socket } = unitNames(name);
  return { argv: systemctl('restart', socket, service), lenient: true };
}
