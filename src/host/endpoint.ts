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

const fields: Readonly<
  Record<keyof Omit<Endpoint, 'foreign' | 'installation'>, (value: unknown) => boolean>
> = {
  schema: (value) => value === 1,
  app: (value) => value === 'memoryd',
  service: isText,
  url: isText,
  host: isText,
  port: isPositive,
  pid: isPositive,
  start: (value) => value === null || isText(value),
  nonce: isText,
  version: isText,
  build: isText,
  user: isText,
  dataDirId: (value) => value === undefined || isText(value),
  control: isText,
  startedAt: isText,
};

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isPositive(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) > 0;
}

/** Reads an endpoint file's text. Unknown fields are let be: a newer memoryd may have written it. */
export function parseEndpoint(text: string): ParsedEndpoint {
  let value: Partial<Record<string, unknown>> | null;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { kind: 'invalid', why: (error as SyntaxError).message };
  }
  if (typeof value !== 'object' || value === null) return { kind: 'invalid', why: 'not an object' };
  for (const [name, isRight] of Object.entries(fields)) {
    if (!isRight(value[name])) return { kind: 'invalid', why: `${name} is missing or wrong` };
  }
  const { installation = [] } = value;
  if (!Array.isArray(installation)) return { kind: 'invalid', why: 'installation is wrong' };
  return { kind: 'valid', endpoint: value as unknown as Endpoint };
}
