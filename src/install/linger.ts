import { MemorydError } from '../errors.ts';
import type { BackendName } from '../service/unit.ts';
import type { Machine } from './change.ts';

/** Keeps the user's services running after logout and from boot on. Only systemd has such a thing; throws `usage` elsewhere. */
export async function setLinger({ system }: Machine, backend: BackendName): Promise<'enabled'> {
  if (backend !== 'systemd') throw new MemorydError('usage', `--linger: not available with ${backend}`);
  const systemd = await import('../platform/systemd/linger.ts');
  await systemd.setLinger(system, 'enabled');
  return 'enabled';
}
