import type { z } from 'zod';

/** What is wrong with a value, and where in it. */
export interface Problem {
  /** Dotted; '' is the whole. */
  path: string;
  message: string;
}

/** What a schema found, each at its own field: zod tells of unknown fields at the object that they are in. */
export function problemsOf(issues: readonly z.core.$ZodIssue[]): Problem[] {
  return issues.flatMap((issue) => {
    const at = (...path: PropertyKey[]) => [...issue.path, ...path].join('.');
    return issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: at(key), message: 'no such field' }))
      : [{ path: at(), message: issue.message }];
  });
}
