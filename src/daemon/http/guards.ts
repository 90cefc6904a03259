import { crypto } from '../../crypto.ts';

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Whether a Host header names this daemon: a loopback name with our port, or a name that the definition allows. This
 * stops DNS rebinding: a page whose name was rebound to 127.0.0.1 still sends that name.
 */
export function hostAllowed(host: string | undefined, port: number, allowed: readonly string[]): boolean {
  if (host === undefined) return false;
  const given = host.toLowerCase();
  if (loopbackNames.some((name) => given === `${name}:${port}`)) return true;
  return allowed.some((name) => given === name.toLowerCase() || given === `${name.toLowerCase()}:${port}`);
}

/**
 * Headers that decide who sends a request and what it asks. Node keeps the first of several and drops the others
 * silently.
 */
const single = ['host', 'authorization', 'origin', 'content-type', 'mcp-session-id', 'x-client-id'];

/**
 * Gives the name of a header that was sent more than once and must not be, because two readers could use different
 * values. A second Host is answered with 400 (RFC 9112, 3.2). Node's parser refuses a second Content-Length.
 * @param rawHeaders names and values alternately, as in `IncomingMessage`
 */
export function repeatedHeader(rawHeaders: readonly string[]): string | undefined {
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  return single.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
}

/** Whether an Origin header is absent (not a browser) or names a page of this machine, on any port. */
export function originAllowed(origin: string | undefined): boolean {
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  const { protocol, hostname } = new URL(origin);
  return (protocol === 'http:' || protocol === 'https:') && loopbackNames.includes(hostname);
}

export type TokenCheck = 'right' | 'wrong' | 'missing';

function digest(value: string): Buffer {
  return crypto().hash('sha256', value, 'buffer');
}

/** Compares the bearer token of an Authorization header with ours in constant time. */
export function checkBearer(authorization: string | undefined, token: string): TokenCheck {
  const given = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (given === undefined) return 'missing';
  return crypto().timingSafeEqual(digest(given), digest(token)) ? 'right' : 'wrong';
}
