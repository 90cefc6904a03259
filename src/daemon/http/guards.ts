import { crypto } from '../../crypto.ts';

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Whether a Host header names us: loopback with our port, or a name the definition allows.
 * A page of another site that rebinds its own name to 127.0.0.1 still sends that name.
 */
export function hostAllowed(host: string | undefined, port: number, allowed: readonly string[]): boolean {
  if (host === undefined) return false;
  const given = host.toLowerCase();
  if (loopbackNames.some((name) => given === `${name}:${port}`)) return true;
  return allowed.some((name) => given === name.toLowerCase() || given === `${name.toLowerCase()}:${port}`);
}

/** Headers that decide who asks for what. Of several, Node keeps the first and drops the others without a word. */
const single = ['host', 'authorization', 'origin', 'content-type', 'mcp-session-id', 'x-client-id'];

/**
 * The name of a header that is sent more than once and must not be: two readers could believe two different ones. A
 * second Host is answered 400 (RFC 9112, 3.2); Node's parser itself refuses a second Content-Length.
 * @param rawHeaders names and values in turn, as `IncomingMessage` has them
 */
export function repeatedHeader(rawHeaders: readonly string[]): string | undefined {
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  return single.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
}

/** Whether an Origin header is absent (no browser) or a page of this machine, on any port. */
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

/** Compares an Authorization header's bearer token with ours, in a time that tells nothing about where they differ. */
export function checkBearer(authorization: string | undefined, token: string): TokenCheck {
  const given = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (given === undefined) return 'missing';
  return crypto().timingSafeEqual(digest(given), digest(token)) ? 'right' : 'wrong';
}
