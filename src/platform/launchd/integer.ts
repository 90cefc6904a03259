import { MemorydError } from '../../errors.ts';

/** A whole number as a property list writes it: decimal, also where people think in octal. Throws `configuration` for anything else. */
export function integer(value: string): string {
  if (/^\d{1,15}$/.test(value)) return value;
  throw new MemorydError('configuration', `not a whole number: ${value}`);
}
