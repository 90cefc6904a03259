import { MemorydError } from '../errors.ts';

const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `10m`, `2h`, `3d` before `now`, or a date. Throws `usage`. */
export function parseSince(text: string, now: Date): Date {
  const match = /^(\d{1,6})([smhd])$/.exec(text);
  if (match) return new Date(now.getTime() - Number(match[1]) * units[match[2] as keyof typeof units]);
  const date = new Date(text);
  if (!Number.isNaN(date.getTime())) return date;
  throw new MemorydError('usage', `--since: not a time: ${text}`, { hint: 'memoryd logs --since 2h' });
}
