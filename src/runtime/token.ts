import { crypto } from '../crypto.ts';
import { MemorydError } from '../errors.ts';
import type { ServicePaths } from '../layout.ts';
import { shellLine } from '../service/shell-line.ts';
import type { Files } from '../system/files.ts';

/** 256 random bits, as text that is valid in a header. */
export function newToken(): string {
  return crypto().randomBytes(32).toString('base64url');
}

/** Replaces the token by a new one and returns it. */
export async function writeNewToken(
  files: Pick<Files, 'write'>,
  { token: path }: Pick<ServicePaths, 'token'>,
): Promise<string> {
  const token = newToken();
  await files.write(path, `${token}\n`, 0o600);
  return token;
}

/**
 * Returns the bearer token of a service. Creates one if there is none, because a host that is run by hand has no
 * install. Throws `permission` if it cannot be read, `configuration` if it is empty.
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
  return writeNewToken(files, { token: path });
}
