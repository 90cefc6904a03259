/** The result of a probe. */
export type Answer = { kind: 'yes' } | { kind: 'no'; why: string };

export const yes: Answer = { kind: 'yes' };
export const no = (why: string): Answer => ({ kind: 'no', why });
