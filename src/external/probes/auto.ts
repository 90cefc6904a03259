import { createConnection } from 'node:net';
import { no, type ProbeAnswer, yes } from '../../service/probe-answer.ts';
import { systemClock } from '../../system/clock.ts';
import { failureText } from './failure-text.ts';

/** What a listener was seen to do with a request for `/`. */
export type Spoken =
  | { kind: 'http' }
  /** It answered something else, or closed the connection. */
  | { kind: 'other' }
  /** It accepted the connection, which the kernel does for every listening socket, and did nothing (N10). */
  | { kind: 'silent' }
  | { kind: 'failed'; why: string };

interface Address {
  host: string;
  port: number;
}

const longestPrefix = 8;

/** Asks for `/` on a plain socket: node:http would cost the host 7 MB. Any status is an answer. Never throws. */
export function greet({ host, port }: Address, timeoutMs: number): Promise<Spoken> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    let connected = false;
    let text = '';
    const over = new AbortController();
    const settle = (spoken: Spoken) => {
      over.abort();
      socket.destroy();
      resolve(spoken);
    };
    const silence = (): Spoken =>
      connected ? { kind: 'silent' } : { kind: 'failed', why: `no connection in ${timeoutMs} ms` };
    void systemClock.sleep(timeoutMs, over.signal).then(() => settle(silence()));
    const judge = () => settle({ kind: /^HTTP\/1\.[01] \d{3}/.test(text) ? 'http' : 'other' });
    socket.setEncoding('latin1');
    socket.on('connect', () => {
      connected = true;
      socket.write(`GET / HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: close\r\n\r\n`);
    });
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > longestPrefix + 4) judge();
    });
    socket.on('end', judge);
    socket.on('error', (error) =>
      connected ? judge() : settle({ kind: 'failed', why: failureText(error, { host, port }) }),
    );
  });
}

/** This often in a row a listener must be silent until it is taken for one that does not speak first. */
const silences = 2;

/**
 * The probe of a daemon that has none: an answer over HTTP where it speaks that, which shows a hang, and a connection
 * where it does not. What it speaks is found out when it starts, and kept.
 */
export class AutoProbe {
  #speaks: 'http' | 'other' | undefined;
  #silent = 0;

  /** Whether a hang of the daemon cannot be seen, because it answers to nothing that we know. */
  get isBlind(): boolean {
    return this.#speaks === 'other';
  }

  /** Another process of the daemon begins: what it speaks is found out again. */
  reset(): void {
    this.#speaks = undefined;
    this.#silent = 0;
  }

  async ask(address: Address, timeoutMs: number): Promise<ProbeAnswer> {
    const spoken = await greet(address, timeoutMs);
    if (spoken.kind === 'failed') return no(spoken.why);
    if (spoken.kind === 'http') this.#speaks = 'http';
    if (spoken.kind === 'http' || this.#speaks === 'other') return yes;
    if (this.#speaks === 'http')
      return no(spoken.kind === 'silent' ? `no answer in ${timeoutMs} ms` : 'no answer over HTTP');
    this.#silent = spoken.kind === 'silent' ? this.#silent + 1 : silences;
    if (this.#silent < silences) return no(`accepts connections, but no answer in ${timeoutMs} ms`);
    this.#speaks = 'other';
    return yes;
  }
}
