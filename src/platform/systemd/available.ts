import type { System } from '../../system/system.ts';
import type { Availability } from '../backend.ts';
import { runForManager, runtimeDirectory, succeeded } from './systemctl.ts';

/** Whether the user manager answers. sd_booted(3): /run/systemd/system exists if and only if systemd is PID 1. */
export async function availability(system: System): Promise<Availability> {
  const { files, user } = system;
  if ((await files.inspect('/run/systemd/system')).kind !== 'directory') {
    return { kind: 'absent', reason: 'this machine was not booted with systemd' };
  }
  const answer = await runForManager(system, ['systemctl', '--user', 'show', '--property=Version']);
  if (answer.kind === 'missing') return { kind: 'absent', reason: 'systemctl was not found' };
  if (succeeded(answer)) return { kind: 'usable' };
  if (answer.kind === 'timeout') {
    return {
      kind: 'refused',
      reason: `the user manager of ${user.name} hangs`,
      hint: `sudo ${restart(user.uid)}`,
    };
  }
  if ((await runtimeDirectory(system)) === undefined) {
    return {
      kind: 'refused',
      reason: `${user.name} has no session and no user manager here`,
      hint: `sudo loginctl enable-linger ${user.name}`,
    };
  }
  return {
    kind: 'refused',
    reason: `the user manager of ${user.name} does not answer`,
    hint: `sudo ${restart(user.uid)}`,
  };
}

/** Why the user manager gives no answer, and what may change that: often nobody is logged in (L01, N30). */
export async function silenceOf(system: System): Promise<{ reason: string; hint?: string }> {
  const answer = await availability(system);
  return answer.kind === 'usable' ? { reason: 'the user manager does not answer' } : answer;
}

const restart = (uid: number): string => `systemctl restart user@${uid}.service`;
