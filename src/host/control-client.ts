import { createConnection } from 'node:net';
import { codeOf, messageOf } from '../errors.ts';
import { type Roots, servicePaths } from '../layout.ts';
import type { System } from '../system/system.ts';
import type { Endpoint } from './endpoint.ts';
import type { HostReport } from './report.ts';

export type ControlOperation = 'report' | 'stop';

/** One line of JSON each way. The token is asked for where a pipe's default ACL lets others open it: on Windows. */
export interface ControlRequest {
  op: ControlOperation;
  token?: string;
}

export type ControlReply = { ok: true; report: HostReport } | { ok: false; error: string };

/** `impostor`: somebody answers, but does not know the nonce that was published. */
export type ControlAnswer =
  | { kind: 'answered'; report: HostReport }
  | { kind: 'refused'; why: string }
  | { kind: 'impostor'; why: string }
  | { kind: 'silent'; why: string }
  /** There is no such socket or pipe. */
  | { kind: 'absent'; why: string };

const deadlineMs = 2000;
const longestReply = 1_000_000;

function judge(line: string, endpoint: Endpoint): ControlAnswer {
  let reply: Partial<ControlReply> | null;
  try {
    reply = JSON.parse(line);
  } catch (error) {
    return { kind: 'impostor', why: messageOf(error) };
  }
  if (reply?.ok === false) return { kind: 'refused', why: String(reply.error) };
  if (reply?.ok !== true || reply.report?.nonce !== endpoint.nonce) {
    return { kind: 'impostor', why: 'it does not know the published nonce' };
  }
  return { kind: 'answered', report: reply.report };
}

function exchange(
  system: Pick<System, 'clock'>,
  endpoint: Endpoint,
  request: ControlRequest,
  limitMs: number,
) {
  return new Promise<ControlAnswer>((resolve) => {
    let text = '';
    const socket = createConnection(endpoint.control);
    const settle = (answer: ControlAnswer) => {
      timer.cancel();
      socket.destroy();
      resolve(answer);
    };
    const timer = system.clock.after(limitMs, () =>
      settle({ kind: 'silent', why: `no reply in ${limitMs} ms` }),
    );
    socket.setEncoding('utf8');
    socket.on('error', (error) =>
      settle({ kind: codeOf(error) === 'ENOENT' ? 'absent' : 'silent', why: error.message }),
    );
    socket.on('end', () => settle({ kind: 'silent', why: 'closed without a reply' }));
    socket.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) settle(judge(text.slice(0, end), endpoint));
      else if (text.length > longestReply) settle({ kind: 'impostor', why: 'an endless reply' });
    });
    socket.write(`${JSON.stringify(request)}\n`);
  });
}

async function requestOf(
  system: Pick<System, 'platform' | 'files'>,
  roots: Roots,
  endpoint: Endpoint,
  op: ControlOperation,
) {
  if (system.platform !== 'win32') return { op };
  const read = await system.files.read(servicePaths(roots, endpoint.service).token);
  return read.kind === 'content' ? { op, token: read.text.trim() } : { op };
}

/** Asks the host that published `endpoint`. Never throws: not answering is an answer. */
export async function askControl(
  system: Pick<System, 'platform' | 'files' | 'clock'>,
  roots: Roots,
  endpoint: Endpoint,
  op: ControlOperation,
  limitMs: number = deadlineMs,
): Promise<ControlAnswer> {
  return exchange(system, endpoint, await requestOf(system, roots, endpoint, op), limitMs);
}
