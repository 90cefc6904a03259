import { isIPv6 } from 'node:net';
import { codeOf, messageOf } from '../../errors.ts';

/** `127.0.0.1:8350` or `[::1]:8350`. */
export function addressText({ host, port }: { host: string; port: number }): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

const unreachable = ['ENETUNREACH', 'ENETDOWN', 'EHOSTUNREACH', 'EADDRNOTAVAIL'];

/** Why a connection failed, in words that say what was seen (N09, N30). */
export function failureText(error: unknown, address: { host: string; port: number }): string {
  const code = codeOf(error) ?? '';
  if (code === 'ECONNREFUSED') return `nothing listens on ${addressText(address)}`;
  if (unreachable.includes(code)) return `${address.host} is not reachable: the loopback interface is down`;
  return messageOf(error);
}
