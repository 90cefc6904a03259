import type { z } from 'zod';

/** What is wrong with a value, and where in it. */
export interface Problem {
  /** Dotted; '' is the whole. */
  path: string;
  message: string;
}

/** A value that its schema accepts, with every default filled in, or what is wrong with it. */
export type Checked<T> = { kind: 'valid'; value: T } | { kind: 'invalid'; problems: Problem[] };

type Issue = z.core.$ZodRawIssue;

/**
 * Checks a value. Problems are worded here: zod's own messages are written for programmers ("Too small: expected number
 * to be >=1024", N36). A message that a schema gives itself is kept. Never throws.
 */
export function check<T>(schema: z.ZodType<T>, value: unknown): Checked<T> {
  const result = schema.safeParse(value, { error: issueText });
  if (result.success) return { kind: 'valid', value: result.data };
  return { kind: 'invalid', problems: result.error.issues.flatMap(problemsOf) };
}

/** Each problem at its own field: zod reports unknown fields at the object that holds them. */
function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  const at = (...path: PropertyKey[]) => [...issue.path, ...path].join('.');
  return issue.code === 'unrecognized_keys'
    ? issue.keys.map((key) => ({ path: at(key), message: 'unknown field' }))
    : [{ path: at(), message: issue.message }];
}

/** The problem of a text that `JSON.parse` rejected. */
export function jsonProblem(error: unknown): Problem {
  const message = (error as SyntaxError).message;
  return { path: '', message: `not valid JSON: ${message.charAt(0).toLowerCase()}${message.slice(1)}` };
}

/** One line for each problem: its field and what is wrong with it. */
export function problemLines(problems: readonly Problem[]): string[] {
  return problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
}

/** `a, b or c`. */
export function oneOf(values: readonly unknown[]): string {
  const all = values.map(String);
  return all.length < 2 ? all.join() : `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`;
}

const types: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function issueText(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${types[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${oneOf(issue.values)}`;
    case 'too_small':
    case 'too_big':
      return sizeText(issue);
    case 'invalid_key':
      return issue.issues[0]?.message ?? 'must have another name';
    case 'invalid_union':
      return Array.isArray(issue.options) ? `must be ${oneOf(issue.options)}` : 'has the wrong form';
    default:
      return 'has the wrong form';
  }
}

const units: Readonly<Record<string, string>> = { string: 'characters', array: 'entries' };

function sizeText(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>): string {
  const small = issue.code === 'too_small';
  const limit = small ? issue.minimum : issue.maximum;
  const bound = small ? 'at least' : 'at most';
  const unit = units[issue.origin];
  if (unit !== undefined)
    return small && limit === 1 ? 'must not be empty' : `must have ${bound} ${limit} ${unit}`;
  if (issue.inclusive === false) return `must be ${small ? 'more' : 'less'} than ${limit}`;
  return `must be ${bound} ${limit}`;
}
