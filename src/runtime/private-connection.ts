import { createConnection, type Socket } from 'node:net';
import { codeOf, messageOf } from '../errors.ts';
import type { Clock } from '../system/clock.ts';
import type { ControlReply, ControlRequest } from './control-client.ts';
import { isProof, newChallenge, proofOf } from './proof.ts';

/** Where a host is reached in private, and what both ends prove that they know. */
export interface PrivateAddress {
  /** Path of the unix socket, or name of the pipe. */
  control: string;
  token: string;
}

/** No connection came about. Nothing but a proof was sent, so that a request may be sent again. */
export class NotConnected extends Error {
  /** The errno name where the system gave one. */
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

/** Says why a reply line does not make a connection of ours; undefined when it does. */
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
 * Opens a connection to the host's HTTP server through its control channel. The host proves on this very connection
 * that it knows the token before anything else is sent: the nonce of a host is no secret, and a pipe's name can be
 * taken by anybody once the host is gone (X05). Throws `NotConnected`.
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
      // An HTTP server says nothing before it is asked.
      if (end + 1 < bytes.length) return fail('more than a reply');
      timer.cancel();
      socket.off('error', onError).off('end', onEnd).off('data', onData);
      resolve(socket);
    };
    socket.on('error', onError).on('end', onEnd).on('data', onData);
    socket.write(`${JSON.stringify(request)}\n`);
  });
}
