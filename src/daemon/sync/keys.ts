import { MemorydError } from '../../errors.ts';
import { checkBearer, type TokenCheck } from '../http/guards.ts';

/**
 * Checks `Authorization: Bearer …` against every key, in a time that tells nothing about them.
 * Throws a configuration error without keys: open to everybody is never the fallback.
 */
export function createKeyCheck(
  apiKeys: readonly string[],
): (authorization: string | undefined) => TokenCheck {
  if (apiKeys.length === 0 || apiKeys.some((key) => key.trim() === '')) {
    throw new MemorydError('configuration', 'the sync API needs at least one API key and none that is empty');
  }
  return (authorization) => {
    const checks = apiKeys.map((key) => checkBearer(authorization, key));
    return checks.find((check) => check !== 'wrong') ?? 'wrong';
  };
}
