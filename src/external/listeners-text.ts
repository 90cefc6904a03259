import type { ListeningSocket } from '../system/listeners.ts';
import { addressText } from './probes/failure-text.ts';

const anywhere = /^(?:0\.0\.0\.0|::|0{32})$/;

function socketText({ address, port, pid }: ListeningSocket): string {
  const host = address === undefined || anywhere.test(address) ? '*' : address;
  const who = pid === undefined ? 'a process of another user' : `pid ${pid}`;
  return `${who} listens on ${addressText({ host, port })}`;
}

/**
 * Who listens where a daemon was expected at `port` and is not, or elsewhere in its place (pure): on another address of
 * the port, or the daemon itself on another port. '' if nobody does (N09).
 */
export function listenersText(
  port: number,
  onPort: readonly ListeningSocket[],
  ofDaemon: readonly ListeningSocket[],
): string {
  const others = ofDaemon.filter((socket) => socket.port !== port);
  const all = [...new Set([...onPort, ...others].map(socketText))];
  return all.length === 0 ? '' : `, but ${all.join(' and ')}`;
}
