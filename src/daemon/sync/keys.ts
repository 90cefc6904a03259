import { MemorydError } from '../../errors.ts';
import { checkBearer, type TokenCheck } from '../http/guards.ts';

/** What a request showed: one of the keys, by its place in the list, or none of them. */
export type KeyCheck = { kind: 'right'; index: number } | { kind: Exclude<TokenCheck, 'right'> };

/**
 * Checks `Authorization: Bearer …` against every key, in a time that tells nothing about them.
 * Throws a configuration error without keys: open to everybody is never the fallback.
 */
export function createKeyCheck(apiKeys: readonly string[]): (authorization: string | undefined) => KeyCheck {
  if (apiKeys.length === 0 || apiKeys.some((key) => key.trim() === '')) {
    throw new MemorydError('configuration', 'the sync API needs at least one API key and none that is empty');
  }
  return (authorization) => {
    const checks = apiKeys.map((key) => checkBearer(authorization, key));
    const index = checks.indexOf('right');
    if (index >= 0) return { kind: 'right', index };
    return { kind: checks.includes('missing') ? 'missing' : 'wrong' };
  };
}
