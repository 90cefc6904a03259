import { crypto } from '../crypto.ts';
import { MemorydError } from '../errors.ts';
import type { ServicePaths } from '../layout.ts';
import { shellLine } from '../service/shell-line.ts';
import type { Files } from '../system/files.ts';

/**
 * The bearer token of a service, made when there is none: a host run by hand has had no install.
 * Throws `permission` when it cannot be read, `configuration` when it is empty.
 */
export async function ensureToken(
  files: Files,
  { token: path }: Pick<ServicePaths, 'token'>,
): Promise<string> {
  const read = await files.read(path);
  if (read.kind === 'unreadable') throw new MemorydError('permission', `cannot read ${path}: ${read.why}`);
  if (read.kind === 'content') {
    const token = read.text.trim();
    if (token !== '') return token;
    throw new MemorydError('configuration', `${path} is empty`, { hint: shellLine(['rm', path]) });
  }
  const token = crypto().randomBytes(32).toString('base64url');
  await files.write(path, `${token}\n`, 0o600);
  return token;
}
