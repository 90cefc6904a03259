import { createConnection } from 'node:net';
import { codeOf, messageOf } from '../errors.ts';
import { type Roots, servicePaths } from '../layout.ts';
import type { System } from '../system/system.ts';
import type { Endpoint } from './endpoint.ts';
import { isProof, newChallenge, proofOf } from './proof.ts';
import type { HostReport } from './report.ts';

export type ControlOperation = 'report' | 'stop';

/**
 * One line of JSON in each direction. Both ends prove that they know the token where other users can connect to the
 * channel or could have created it: on Windows, where everybody can list and take over pipe names (W17). `http` is sent
 * by private-connection.ts.
 */
export interface ControlRequest {
  op: ControlOperation | 'http';
  challenge?: string;
  proof?: string;
}

export type ControlReply = { ok: true; report?: HostReport; proof?: string } | { ok: false; error: string };

/** `impostor`: a process answers that does not know the published nonce, or the token. */
export type ControlAnswer =
  | { kind: 'answered'; report: HostReport }
  | { kind: 'refused'; why: string }
  | { kind: 'impostor'; why: string }
  | { kind: 'silent'; why: string }
  /** The socket or pipe does not exist. */
  | { kind: 'absent'; why: string };

const deadlineMs = 2000;
const longestReply = 1_000_000;

/** A request, and the check of the proof in its reply. */
interface ProvenRequest {
  request: ControlRequest;
  isProven(reply: Partial<ControlReply & { ok: true }>): boolean;
}

function evaluateReply(line: string, endpoint: Endpoint, { isProven }: ProvenRequest): ControlAnswer {
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
  if (!isProven(reply)) return { kind: 'impostor', why: 'it does not know the token' };
  return { kind: 'answered', report: reply.report };
}

function exchange(
  system: Pick<System, 'clock'>,
  endpoint: Endpoint,
  question: ProvenRequest,
  limitMs: number,
) {
  return new Promise<ControlAnswer>((resolve) => {
    let text = '';
    const socket = createConnection(endpoint.control);
    const finish = (answer: ControlAnswer) => {
      timer.cancel();
      socket.destroy();
      resolve(answer);
    };
    const timer = system.clock.after(limitMs, () =>
      finish({ kind: 'silent', why: `no reply in ${limitMs} ms` }),
    );
    socket.setEncoding('utf8');
    socket.on('error', (error) =>
      finish({ kind: codeOf(error) === 'ENOENT' ? 'absent' : 'silent', why: error.message }),
    );
    socket.on('end', () => finish({ kind: 'silent', why: 'closed without a reply' }));
    socket.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) finish(evaluateReply(text.slice(0, end), endpoint, question));
      else if (text.length > longestReply) finish({ kind: 'impostor', why: 'an endless reply' });
    });
    socket.write(`${JSON.stringify(question.request)}\n`);
  });
}

/** A unix socket is in a private directory, which is proof enough, so no token is read and nothing is hashed. */
async function questionOf(
  system: Pick<System, 'platform' | 'files'>,
  roots: Roots,
  { control, service }: Endpoint,
  op: ControlOperation,
): Promise<ProvenRequest> {
  if (system.platform !== 'win32') return { request: { op }, isProven: () => true };
  const read = await system.files.read(servicePaths(roots, service).token);
  // Without a token no peer can be recognised: the host will refuse, and no reply is trusted.
  if (read.kind !== 'content') return { request: { op }, isProven: () => false };
  const token = read.text.trim();
  const subject = { control, op, challenge: newChallenge() };
  return {
    request: { op, challenge: subject.challenge, proof: proofOf(token, 'client', subject) },
    isProven: ({ proof }) => isProof(proof, token, 'server', subject),
  };
}

/** Sends a request to the host that published `endpoint`. Never throws: a missing reply is one of the answers. */
export async function askControl(
  system: Pick<System, 'platform' | 'files' | 'clock'>,
  roots: Roots,
  endpoint: Endpoint,
  op: ControlOperation,
  limitMs: number = deadlineMs,
): Promise<ControlAnswer> {
  return exchange(system, endpoint, await questionOf(system, roots, endpoint, op), limitMs);
}
