import { MemorydError } from '../errors.ts';
import { nativeBackend } from '../platform/select.ts';
import type { BackendName } from '../service/unit.ts';
import type { System } from '../system/system.ts';
import type { Machine } from './service-lock.ts';

/** Throws `usage` where lingering cannot be had, before anything is installed (N16). */
export function refuseLinger(
  { platform }: Pick<System, 'platform'>,
  requested: BackendName | undefined,
): void {
  const backend = requested ?? nativeBackend(platform);
  if (backend !== 'systemd') throw new MemorydError('usage', `--linger: not available with ${backend}`);
}

/**
 * Enables lingering: the user's services start at boot and run after logout. Only systemd supports it; throws `usage`
 * for other backends.
 */
export async function setLinger({ system }: Machine, backend: BackendName): Promise<'enabled'> {
  if (backend !== 'systemd') throw new MemorydError('usage', `--linger: not available with ${backend}`);
  const systemd = await import('../platform/systemd/linger.ts');
  await systemd.setLinger(system, 'enabled');
  return 'enabled';
}
