import {
  equals,
  isBoolean,
  isPositive,
  isText,
  listOf,
  nullOr,
  optional,
  parseState,
  type Shape,
} from '../service/state-text.ts';

/** The published location and identity of a service: one file per service in the runtime directory. */
export interface Endpoint {
  schema: 1;
  app: 'memoryd';
  service: string;
  /** The URL for clients: `http://127.0.0.1:8353`. */
  url: string;
  /** The address that the service is bound to. */
  host: string;
  port: number;
  pid: number;
  /** The start identity of `pid` (see system/processes.ts); null if the system cannot tell. */
  start: string | null;
  /** Different for every run. Reported by /health and the control channel. */
  nonce: string;
  version: string;
  build: string;
  /** The numeric user id; `domain\name` in lower case on Windows. */
  user: string;
  /** The identifier of the bundled daemon's data directory; absent for other daemons. */
  dataDirId?: string;
  /** The directories of the installation; absent in files of older hosts. */
  installation?: string[];
  /** The path of the unix socket, or the name of the pipe. */
  control: string;
  /** ISO time, for display. */
  startedAt: string;
  /** The daemon at the URL is not ours and does not report our identity; only the control channel does. */
  foreign?: boolean;
}

export type ParsedEndpoint = { kind: 'valid'; endpoint: Endpoint } | { kind: 'invalid'; why: string };

const shape: Shape<Endpoint> = {
  schema: equals(1),
  app: equals('memoryd'),
  service: isText,
  url: isText,
  host: isText,
  port: isPositive,
  pid: isPositive,
  start: nullOr(isText),
  nonce: isText,
  version: isText,
  build: isText,
  user: isText,
  dataDirId: optional(isText),
  installation: optional(listOf(isText)),
  control: isText,
  startedAt: isText,
  foreign: optional(isBoolean),
};

/** Parses the text of an endpoint file (pure). */
export function parseEndpoint(text: string): ParsedEndpoint {
  const parsed = parseState(text, shape);
  return parsed.kind === 'valid'
    ? { kind: 'valid', endpoint: parsed.value }
    : { kind: 'invalid', why: parsed.reason };
}
