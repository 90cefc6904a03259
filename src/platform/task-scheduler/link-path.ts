import { join } from 'node:path';
import type { System } from '../../system/system.ts';
import { startupLink } from './names.ts';

/** The path of the shortcut of a service, whether it exists or not. */
export function linkPath({ env, user }: Pick<System, 'env' | 'user'>, service: string): string {
  return startupLink(env.APPDATA ?? join(user.home, 'AppData', 'Roaming'), service);
}

/** For people: why there is a shortcut. */
export const linkReason = 'it starts from the Startup folder, because task scheduler refused the task';

/** The same path, if the shortcut exists. */
export async function findLink(
  system: Pick<System, 'env' | 'user' | 'files'>,
  service: string,
): Promise<string | undefined> {
  const path = linkPath(system, service);
  return (await system.files.inspect(path)).kind === 'absent' ? undefined : path;
}
