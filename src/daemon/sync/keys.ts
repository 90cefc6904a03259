import { MemorydError } from '../../errors.ts';
import { checkBearer, type TokenCheck } from '../http/guards.ts';

/** The result of checking a request's key. `index` is the place of the matching key in the list. */
export type KeyCheck = { kind: 'right'; index: number } | { kind: Exclude<TokenCheck, 'right'> };

/**
 * Gives a function that checks `Authorization: Bearer …` against every key in constant time.
 * Throws `configuration` without keys, so that the API is never open to everybody.
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
