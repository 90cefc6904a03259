/** The result of a probe. */
export type ProbeAnswer = { kind: 'yes' } | { kind: 'no'; why: string };

export const yes: ProbeAnswer = { kind: 'yes' };
export const no = (why: string): ProbeAnswer => ({ kind: 'no', why });
