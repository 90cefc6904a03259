import { crypto } from '../crypto.ts';
import { randomHex } from '../system/random.ts';

/** What a proof is about. The name of the socket is in it, so that nobody can pass a question on to another socket. */
export interface ProofSubject {
  /** Path of the unix socket, or name of the pipe. */
  control: string;
  op: string;
  /** Fresh for every connection; from the client. */
  challenge: string;
}

export type ProofRole = 'client' | 'server';

/** A challenge that was never used before. */
export function newChallenge(): string {
  return randomHex(32);
}

/**
 * Shows that one end of a connection knows the token, without telling it: HMAC-SHA256, keyed with the token. The two
 * roles differ, so that an answer is never a question's proof (pure).
 */
export function proofOf(token: string, role: ProofRole, { control, op, challenge }: ProofSubject): string {
  const text = JSON.stringify(['memoryd', role, control, op, challenge]);
  return crypto().createHmac('sha256', token).update(text).digest('base64url');
}

/** Whether `given` is that proof, compared in a time that tells nothing about where it differs (pure). */
export function isProof(given: unknown, token: string, role: ProofRole, subject: ProofSubject): boolean {
  const [a, b] = [Buffer.from(String(given)), Buffer.from(proofOf(token, role, subject))];
  return a.length === b.length && crypto().timingSafeEqual(a, b);
}
