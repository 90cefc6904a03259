import { MemorydError } from '../errors.ts';
import type { Argv } from '../system/exec.ts';
import type { System } from '../system/system.ts';

/** A step of root may wait for the user to type a password. */
export const elevatedTimeoutMs = 300_000;

/** The argv that runs `argv` as root: unchanged for root, else through sudo. The prompt shows the reason. */
export function asRoot({ user }: Pick<System, 'user'>, argv: Argv, reason: string): Argv {
  if (user.uid === 0) return argv;
  const prompt = `[sudo] password of %p, to ${reason.replaceAll('%', '%%')}: `;
  return ['sudo', '-p', prompt, '--', ...argv];
}

/** The error if there is no sudo, or it was refused. */
export function refusedElevation(reason: string, words: string): MemorydError {
  return new MemorydError('permission', `root is needed to ${reason}`, {
    words,
    hint: 'memoryd migrate --script',
  });
}
