import { createConnection, type Socket } from 'node:net';
import { codeOf, messageOf } from '../errors.ts';
import type { Clock } from '../system/clock.ts';
import type { ControlReply, ControlRequest } from './control-client.ts';
import { isProof, newChallenge, proofOf } from './proof.ts';

/** The private address of a host, and the token that both ends must know. */
export interface PrivateAddress {
  /** The path of the unix socket, or the name of the pipe. */
  control: string;
  token: string;
}

/** No connection was made. Nothing but a proof was sent, so the request may be sent again. */
export class NotConnected extends Error {
  /** The errno name, if the system gave one. */
  readonly code: string | undefined;

  constructor(message: string, code?: string) {
    super(message);
    this.name = 'NotConnected';
    this.code = code;
  }
}

const deadlineMs = 5000;
const longestReply = 4096;
const newline = 0x0a;

/** Why a reply line does not prove that the host is ours; undefined if it does. */
function objection(line: string, isProven: (proof: unknown) => boolean): string | undefined {
  let reply: Partial<ControlReply> | null;
  try {
    reply = JSON.parse(line);
  } catch (error) {
    return messageOf(error);
  }
  if (reply?.ok === false) return `the host refused: ${reply.error}`;
  return reply?.ok === true && isProven(reply.proof) ? undefined : 'it does not know the token';
}

/**
 * Opens a connection to the HTTP server of a host through its control channel. Before anything else is sent, the host
 * proves on this connection that it knows the token: the nonce is not secret, and once the host has ended everybody can
 * take the name of its pipe (X05). Rejects with `NotConnected`.
 */
export function connectPrivately(
  clock: Pick<Clock, 'after'>,
  { control, token }: PrivateAddress,
  limitMs: number = deadlineMs,
): Promise<Socket> {
  const subject = { control, op: 'http' as const, challenge: newChallenge() };
  const request: ControlRequest = {
    op: subject.op,
    challenge: subject.challenge,
    proof: proofOf(token, 'client', subject),
  };
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0);
    const socket = createConnection(control);
    const fail = (why: string, code?: string) => {
      timer.cancel();
      socket.destroy();
      reject(new NotConnected(`no private connection to the daemon: ${why}`, code));
    };
    const timer = clock.after(limitMs, () => fail(`no reply in ${limitMs} ms`, 'ETIMEDOUT'));
    const onError = (error: Error) => fail(error.message, codeOf(error));
    const onEnd = () => fail('closed without a reply');
    const onData = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const end = bytes.indexOf(newline);
      if (end < 0) {
        if (bytes.length > longestReply) fail('an endless reply');
        return;
      }
      const why = objection(bytes.toString('utf8', 0, end), (proof) =>
        isProof(proof, token, 'server', subject),
      );
      if (why !== undefined) return fail(why);
      // An HTTP server sends nothing before it gets a request.
      if (end + 1 < bytes.length) return fail('more than a reply');
      timer.cancel();
      socket.off('error', onError).off('end', onEnd).off('data', onData);
      resolve(socket);
    };
    socket.on('error', onError).on('end', onEnd).on('data', onData);
    socket.write(`${JSON.stringify(request)}\n`);
  });
}
