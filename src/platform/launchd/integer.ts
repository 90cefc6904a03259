import { MemorydError } from '../../errors.ts';

/**
 * A whole number in a property list. Always decimal, even where octal is common. Throws `configuration` for anything
 * else.
 */
export function integer(value: string): string {
  if (/^\d{1,15}$/.test(value)) return value;
  throw new MemorydError('configuration', `not a whole number: ${value}`);
}
