import { MemorydError } from '../errors.ts';
import { shellLine } from '../service/shell-line.ts';
import type { System } from '../system/system.ts';

/** The variable with the key. */
export const keyVariable = 'MEMORYD_SYNC_KEY';

/**
 * The API key: from the environment, else from a file that only its owner can read. Undefined if there is neither.
 * @param path the file; `required` if the user named it
 * Throws `permission` for a file that others can read, and `configuration` for a missing file or one without a key.
 */
export async function readKey(
  { env, files, platform, user }: Pick<System, 'env' | 'files' | 'platform' | 'user'>,
  path: string,
  required: boolean,
): Promise<string | undefined> {
  const fromEnvironment = env[keyVariable]?.trim();
  if (fromEnvironment) return checked(fromEnvironment, keyVariable);
  const found = await files.inspect(path);
  if (found.kind === 'absent' && !required) return undefined;
  if (found.kind !== 'file') throw new MemorydError('configuration', `there is no key file at ${path}`);
  if (platform !== 'win32' && (found.stats.uid !== user.uid || (found.stats.mode & 0o077) !== 0)) {
    throw new MemorydError('permission', `${path} can be read by others`, {
      hint: shellLine(['chmod', '600', path]),
    });
  }
  const content = await files.read(path);
  if (content.kind !== 'content') throw new MemorydError('permission', `${path} cannot be read`);
  return checked(content.text.trim(), path);
}

function checked(key: string, where: string): string {
  if (!/^[\x21-\x7e]+$/.test(key)) throw new MemorydError('configuration', `${where} holds no usable key`);
  return key;
}
