import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MemorydError } from '../../src/errors.ts';

/** A run that failed is repeated with MEMORYD_SEED. */
export const seed = Number(process.env.MEMORYD_SEED) || Date.now() % 2 ** 31;

// biome-ignore format: one list
const pieces = [
  '"', "'", '\\', '%', '$', '`', '{', '}', '(', ')', '<', '>', '|', '&', ';', '#', '!', '~', '*', '?', '=', '-', '@', ':', ',',
  ' ', '  ', '\t', '\n', '\r', '\r\n', '\x01', '\x07', '\x1b', '\x1f', '\x7f', '\u0085', '\u00a0', '\u2028', '\u202e', '\ufeff', '\ud800', '\0',
  '%h', '%%', '%20', '%PATH%', '!VAR!', '^', '$HOME', `$${'{HOME}'}`, '$$', '\\n', '\\x41', '\\\\', '\\"', '&amp;', ']]>', '<!--', '--', '-->',
  'a', 'Z', '0', 'é', 'e\u0301', 'ß', '日本', '🎉', 'х',
];

const piece = fc.constantFrom(...pieces);
const text = fc.oneof(
  { weight: 6, arbitrary: fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('')) },
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...pieces, '', '\\'.repeat(7), '%'.repeat(5), '$'.repeat(5), '"'.repeat(3)),
  },
);
const long = fc
  .array(piece, { minLength: 1, maxLength: 8 })
  .map((parts) => parts.join('').repeat(4096).slice(0, 4096));

/** Values that break escapers: quotes, expansions, controls, Unicode, half surrogate pairs, NUL, one in fifty of 4 KB. */
export function hostileValues(count: number): string[] {
  return fc.sample(fc.oneof({ weight: 49, arbitrary: text }, { weight: 1, arbitrary: long }), {
    numRuns: count,
    seed,
  });
}

/** The same for names that a Unix file system takes. */
export function hostileNames(count: number): string[] {
  const name = text
    .map((value) => value.replace(/[/\0]/g, ''))
    .filter(
      (value) => value.isWellFormed() && !['', '.', '..'].includes(value) && Buffer.byteLength(value) <= 255,
    );
  return fc.sample(name, { numRuns: count, seed });
}

/** What an escaper can spell, of `values`; what it refuses must be refused as bad configuration. */
export function spellable(values: readonly string[], escaper: (value: string) => string): string[] {
  return values.filter((value) => {
    try {
      escaper(value);
      return true;
    } catch (error) {
      assert.ok(error instanceof MemorydError && error.kind === 'configuration', String(error));
      return false;
    }
  });
}
