/**
 * `exposure.json`: another user was seen to hold the service's port, and the token was replaced. Kept until the
 * user has told the clients that are configured with url and token.
 */
export interface TokenExposure {
  schema: 1;
  port: number;
  /** Who held it; null where the system does not tell. */
  uid: number | null;
  /** ISO time. */
  at: string;
  /** Whether the service has listened there since: only then may the new token have been sent there. */
  served: boolean;
}

export type ExposureObservation =
  | { kind: 'absent' }
  | { kind: 'unreadable'; why: string }
  | { kind: 'invalid'; why: string }
  | { kind: 'valid'; exposure: TokenExposure };

/** Reads the text of `exposure.json` (pure). */
export function parseExposure(text: string): ExposureObservation {
  let value: Partial<TokenExposure> | null;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { kind: 'invalid', why: (error as SyntaxError).message };
  }
  const isUid = value?.uid === null || Number.isInteger(value?.uid);
  const isWhole = Number.isInteger(value?.port) && isUid && typeof value?.at === 'string';
  if (value?.schema !== 1 || !isWhole) return { kind: 'invalid', why: 'a field is missing or wrong' };
  return { kind: 'valid', exposure: { ...(value as TokenExposure), served: value.served === true } };
}

/** Who held the port, in words (pure). */
export function holderOf({ uid }: Pick<TokenExposure, 'uid'>): string {
  return uid === null ? 'another program' : `another user (uid ${uid})`;
}
