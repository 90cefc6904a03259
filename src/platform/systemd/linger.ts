import { posix } from 'node:path';
import { MemorydError } from '../../errors.ts';
import type { Files } from '../../system/files.ts';
import type { System } from '../../system/system.ts';
import { wordsOf } from './systemctl.ts';

/** Whether the user's services run from boot to shutdown, without a login (L02). */
export type Linger = 'enabled' | 'disabled' | 'unknown';

const directory = '/var/lib/systemd/linger';

/**
 * The file name that logind uses for a user. It has C escapes, which only names of directory services need
 * (`CORP\alice`).
 */
function lingerFile(user: string): string {
  const bytes = [...Buffer.from(user)].map((byte) => {
    const character = String.fromCharCode(byte);
    if ('\\"\''.includes(character)) return `\\${character}`;
    return byte >= 0x20 && byte < 0x7f ? character : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return posix.join(directory, bytes.join(''));
}

/**
 * Read from the state files of logind, because `loginctl show-user` fails for a user who is neither logged in nor
 * lingering.
 */
export async function readLinger(files: Files, user: string): Promise<Linger> {
  const seen = await files.inspect(lingerFile(user));
  if (seen.kind === 'unreadable') return 'unknown';
  return seen.kind === 'absent' ? 'disabled' : 'enabled';
}

/** The argv that switches lingering on or off, for people and for `setLinger`. */
export function lingerCommand(user: string, wanted: 'enabled' | 'disabled'): [string, ...string[]] {
  const verb = wanted === 'enabled' ? 'enable-linger' : 'disable-linger';
  return ['loginctl', verb, user, '--no-ask-password'];
}

/**
 * Switches lingering on or off for this user, and checks the result, because the exit code of loginctl does not tell.
 * Throws `permission` with the output of loginctl and a command for an administrator.
 */
export async function setLinger(
  { exec, files, user }: System,
  wanted: 'enabled' | 'disabled',
): Promise<void> {
  const result = await exec.run(lingerCommand(user.name, wanted));
  if ((await readLinger(files, user.name)) === wanted) return;
  throw new MemorydError('permission', `lingering of ${user.name} could not be ${wanted}`, {
    words: wordsOf(result),
    hint: `sudo loginctl ${wanted === 'enabled' ? 'enable' : 'disable'}-linger ${user.name}`,
  });
}
