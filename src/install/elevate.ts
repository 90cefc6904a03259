import { MemorydError } from '../errors.ts';
import type { Argv } from '../system/exec.ts';
import type { System } from '../system/system.ts';

/** Root's part of a step waits for a person to type a password. */
export const elevatedTimeoutMs = 300_000;

/** The argv that runs `argv` as root: itself for root, else through sudo, whose prompt says what for. */
export function asRoot({ user }: Pick<System, 'user'>, argv: Argv, reason: string): Argv {
  if (user.uid === 0) return argv;
  const prompt = `[sudo] password of %p, to ${reason.replaceAll('%', '%%')}: `;
  return ['sudo', '-p', prompt, '--', ...argv];
}

/** What to say when there is no sudo, or it refused. */
export function refusedElevation(reason: string, words: string): MemorydError {
  return new MemorydError('permission', `root is needed to ${reason}`, {
    words,
    hint: 'memoryd migrate --script',
  });
}
