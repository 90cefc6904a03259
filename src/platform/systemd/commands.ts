import type { Verb } from '../../service/unit.ts';
import type { Argv } from '../../system/exec.ts';
import { unitNames } from './names.ts';

/** One call of systemctl. With `lenient`, a failure is ignored: there was nothing to do, and a later check decides. */
export interface Call {
  argv: Argv;
  lenient?: true;
}

const systemctl = (...args: string[]): Argv => ['systemctl', '--user', ...args];

export const reload: Call = { argv: systemctl('daemon-reload') };

/** The calls of each verb, in order (pure). A call that may end this process comes last (L09). */
export function callsOf(verb: Verb, name: string): Call[] {
  const { service, socket } = unitNames(name);
  // Counters and start limits of earlier failures would refuse the next start (L05). Units that were never loaded have
  // none.
  const forget: Call = { argv: systemctl('reset-failed', service, socket), lenient: true };
  // Both units: a remaining socket would start the service again at the next connection.
  const stop: Call = { argv: systemctl('stop', service, socket), lenient: true };
  switch (verb) {
    case 'register':
      // reenable instead of enable, because it also removes old links if the unit should no longer start at login.
      return [{ argv: systemctl('reenable', '--quiet', '--no-reload', service, socket) }, reload];
    case 'start':
      return [forget, { argv: systemctl('start', socket, service), lenient: true }];
    case 'stop':
      return [stop];
    case 'restart':
      // The socket stays open, so that no connection is refused.
      return [reload, forget, { argv: systemctl('restart', service), lenient: true }];
    case 'unregister':
      return [{ argv: systemctl('disable', '--quiet', service, socket), lenient: true }, stop];
    case 'settle':
      return [reload, forget];
  }
}

/** What makes a masked unit usable again, for people. */
export function unmaskLine(name: string): string {
  const { service, socket } = unitNames(name);
  return systemctl('unmask', service, socket).join(' ');
}

/** Also applies a changed port: an active socket keeps or drops its old address. */
export function restartBoth(name: string): Call {
  const { service, socket } = unitNames(name);
  return { argv: systemctl('restart', socket, service), lenient: true };
}
