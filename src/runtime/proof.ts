import { crypto } from '../crypto.ts';
import { randomHex } from '../system/random.ts';

/**
 * The data that a proof covers. It contains the name of the socket, so that a request cannot be relayed to another
 * socket.
 */
export interface ProofSubject {
  /** The path of the unix socket, or the name of the pipe. */
  control: string;
  op: string;
  /** New for every connection; chosen by the client. */
  challenge: string;
}

export type ProofRole = 'client' | 'server';

/** Returns a new random challenge. */
export function newChallenge(): string {
  return randomHex(32);
}

/**
 * Proves that one end of a connection knows the token, without revealing it: HMAC-SHA256 with the token as its key. The
 * proofs of the two roles differ, so that the proof of a request cannot be sent back as that of a reply (pure).
 */
export function proofOf(token: string, role: ProofRole, { control, op, challenge }: ProofSubject): string {
  const text = JSON.stringify(['memoryd', role, control, op, challenge]);
  return crypto().createHmac('sha256', token).update(text).digest('base64url');
}

/** Whether `given` is that proof. The comparison takes constant time (pure). */
export function isProof(given: unknown, token: string, role: ProofRole, subject: ProofSubject): boolean {
  const [a, b] = [Buffer.from(String(given)), Buffer.from(proofOf(token, role, subject))];
  return a.length === b.length && crypto().timingSafeEqual(a, b);
}
