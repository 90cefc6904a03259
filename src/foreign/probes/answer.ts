/** What came of asking a daemon whether it serves. */
export type Answer = { kind: 'yes' } | { kind: 'no'; why: string };

export const yes: Answer = { kind: 'yes' };
export const no = (why: string): Answer => ({ kind: 'no', why });
