import * as z from 'zod';

const between = (least: number, most: number) => `must be between ${least} and ${most}`;

/** A whole number within bounds, both included. */
export function wholeNumber(least: number, most: number) {
  const message = between(least, most);
  return z.int('must be a whole number').min(least, message).max(most, message);
}

/** A number within bounds, both included. */
export function numberWithin(least: number, most: number) {
  const message = between(least, most);
  return z.number('must be a number').min(least, message).max(most, message);
}
