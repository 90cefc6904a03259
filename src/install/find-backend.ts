import type { Backend } from '../platform/backend.ts';
import { createBackend, nativeBackend } from '../platform/select.ts';
import type { BackendName } from '../service/unit.ts';
import { readReceipt } from './observe-files.ts';
import type { LockedService } from './service-lock.ts';

/**
 * The backend that has a service: that of its receipt. Without a usable receipt, the one that has it registered, of
 * those that this machine can have (N01); `undefined` if none has. An interrupted change tells which was meant.
 */
export async function findBackend(
  { machine, service, paths }: Pick<LockedService, 'machine' | 'service' | 'paths'>,
  asked: BackendName | undefined,
  interrupted?: BackendName | undefined,
): Promise<Backend | undefined> {
  const { system, roots } = machine;
  const receipt = await readReceipt(system.files, paths);
  const known = asked ?? (receipt.kind === 'valid' ? receipt.receipt.backend : undefined);
  if (known !== undefined) return createBackend(known, system, roots);
  const candidates = new Set([interrupted, nativeBackend(system.platform), 'standalone' as const]);
  for (const name of candidates) {
    if (name === undefined) continue;
    const backend = await createBackend(name, system, roots);
    if ((await backend.available()).kind === 'absent') continue;
    if ((await backend.observe(service)).kind === 'registered') return backend;
  }
  return undefined;
}

/** The backend to ask about a service that none has registered: the native one, else standalone. */
export async function likelyBackend({ system, roots }: LockedService['machine']): Promise<Backend> {
  const native = await createBackend(nativeBackend(system.platform), system, roots);
  return (await native.available()).kind === 'usable' ? native : createBackend('standalone', system, roots);
}
