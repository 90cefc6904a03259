import { createHash, timingSafeEqual } from 'node:crypto';
import { MemorydError } from '../../errors.ts';

export type KeyAnswer = 'accepted' | 'missing' | 'wrong';

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

/**
 * Checks `Authorization: Bearer …` against the keys in a time that tells nothing about them.
 * Throws a configuration error without keys: open to everybody is never the fallback.
 */
export function createKeyCheck(apiKeys: readonly string[]): (authorization: string | undefined) => KeyAnswer {
  if (apiKeys.length === 0 || apiKeys.some((key) => key.trim() === '')) {
    throw new MemorydError('configuration', 'the sync API needs at least one API key and none that is empty');
  }
  const known = apiKeys.map(digest);
  return (authorization) => {
    const key = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (key === undefined) return 'missing';
    const given = digest(key);
    return known.filter((one) => timingSafeEqual(one, given)).length > 0 ? 'accepted' : 'wrong';
  };
}
