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

/** The published answer to "where is it, and is it mine?": one file per service in the runtime directory. */
export interface Endpoint {
  schema: 1;
  app: 'memoryd';
  service: string;
  /** What clients open: `http://127.0.0.1:8353`. */
  url: string;
  /** The address it is bound to. */
  host: string;
  port: number;
  pid: number;
  /** Which run of `pid` (see system/processes.ts); null where the system cannot tell. */
  start: string | null;
  /** Different for every run, told by /health and the control channel alike. */
  nonce: string;
  version: string;
  build: string;
  /** Numeric user id; `domain\name` in lower case on Windows. */
  user: string;
  /** Of the bundled daemon; nobody asks others where their data are. */
  dataDirId?: string;
  /** The directories of its installation; hosts before told none. */
  installation?: string[];
  /** Path of the unix socket, or name of the pipe. */
  control: string;
  /** ISO time, for people. */
  startedAt: string;
  /** What answers at the url is not ours and cannot tell who it is: the control channel alone does. */
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

/** Reads an endpoint file's text (pure). */
export function parseEndpoint(text: string): ParsedEndpoint {
  const parsed = parseState(text, shape);
  return parsed.kind === 'valid'
    ? { kind: 'valid', endpoint: parsed.value }
    : { kind: 'invalid', why: parsed.reason };
}
