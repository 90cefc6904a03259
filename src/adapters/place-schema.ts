import * as z from 'zod';
import { plainText, template, variableName } from '../service/external-settings.ts';
import { wholeNumber } from '../service/range.ts';

/** A path below a known directory. It cannot leave it. */
export const contained = (known: readonly string[]) =>
  template(known).refine(
    (path) => /^\{[A-Za-z]+\}(?:[\\/]|$)/.test(path) && !path.split(/[\\/]/).includes('..'),
    'must begin with a placeholder such as {home} and must not contain ..',
  );

const segment = plainText.refine(
  (path) => path !== '' && !/^(?:[\\/]|[A-Za-z]:)/.test(path) && !path.split(/[\\/]/).includes('..'),
  'must be a relative path without ..',
);

/**
 * Something on disk that a command needs and that has no fixed path. The first existing path of `paths` is used. A
 * whole segment may be `*`; of several matches, the one with the highest version is used.
 */
export const placeSchema = (known: readonly string[]) =>
  z.strictObject({
    /** A variable that replaces the paths. `install` keeps its value, because a service manager would not set it. */
    variable: variableName.optional(),
    /** They may begin with a place that is described before this one. */
    paths: z.array(contained(known)).min(1),
    /** A file or directory that must exist in it. */
    has: segment.optional(),
    /** A file or directory that must not exist in it. */
    lacks: segment.optional(),
    /** For users: what to do when it is not found. */
    missing: plainText.min(1).max(300).optional(),
  });

export type Place = z.output<ReturnType<typeof placeSchema>>;

const port = wholeNumber(1024, 65_535);

/** The port that clients of the daemon expect: a number, or one per user. */
const expectedPort = z.union([
  port,
  z.strictObject({
    base: port,
    uidModulo: wholeNumber(1, 10_000),
    /** What it uses in place of the user id where there is none, as on Windows. */
    withoutUid: wholeNumber(0, 10_000).default(0),
  }),
]);

export type ExpectedPort = z.output<typeof expectedPort>;

export const portSchema = (known: readonly string[]) =>
  z.discriminatedUnion('kind', [
    /** Passed as `{port}` in its command or environment. */
    z.strictObject({ kind: z.literal('told') }),
    /** Fixed by the daemon. */
    z.strictObject({ kind: z.literal('own'), port: expectedPort }),
    /** In its settings file, which is only read: the first that exists. */
    z.strictObject({
      kind: z.literal('file'),
      paths: z.array(contained(known)).min(1),
      /** Dotted path of a number, or of digits. */
      field: z.string().min(1),
      port: expectedPort,
    }),
  ]);
