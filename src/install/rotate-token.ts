import { MemorydError } from '../errors.ts';
import type { Backend } from '../platform/backend.ts';
import { earlySettings } from '../runtime/early-settings.ts';
import { findEndpoint } from '../runtime/find-endpoint.ts';
import { ownsPort } from '../runtime/owns-port.ts';
import { writeNewToken } from '../runtime/token.ts';
import { installedBackend } from './operate.ts';
import { refuseSudo } from './refuse-sudo.ts';
import { type LockedService, type Machine, stepContext, withServiceLock } from './service-lock.ts';
import { perform } from './steps/manager.ts';

const answerTimeoutMs = 60_000;

/** What a rotation works with, and what it will do. */
export interface TokenRotation {
  backend: Backend;
  build: string;
  /** A running host has the old token in memory. */
  restarts: boolean;
}

/**
 * Looks at what a rotation would do. Throws `not-installed`, and `usage` for a daemon that listens by itself and knows
 * no token of ours.
 */
export async function prepareRotation(
  change: Pick<LockedService, 'machine' | 'service' | 'paths'>,
): Promise<TokenRotation> {
  const { machine, service, paths } = change;
  const { system, roots } = machine;
  const installed = await installedBackend(change, undefined);
  const read = await system.files.read(paths.definition);
  const early = earlySettings(read.kind === 'content' ? read.text : '');
  if (await ownsPort(system, roots, early))
    throw new MemorydError('usage', `"${service}" listens by itself and has no token of memoryd's`);
  const { kind } = await findEndpoint(system, roots, service);
  return { ...installed, restarts: kind === 'live' || kind === 'silent' };
}

/**
 * Replaces the token of a service, restarts it where it runs, and resolves when it answers. Also removes
 * the record that another user held its port. The new token stays even if the restart fails. Throws as `prepareRotation`.
 */
export async function rotateToken(machine: Machine, name: string): Promise<TokenRotation> {
  refuseSudo(machine.system);
  return withServiceLock(machine, name, async (change) => {
    const rotation = await prepareRotation(change);
    const { files } = machine.system;
    await writeNewToken(files, change.paths);
    await files.remove(change.paths.exposure);
    if (rotation.restarts) {
      const context = stepContext(change, rotation.backend);
      await perform(context, 'restart');
      await context.verify(rotation.build, answerTimeoutMs);
    }
    return rotation;
  });
}

/** The user has told the clients: `status` need not say it any more. */
export async function acknowledgeExposure(machine: Machine, name: string): Promise<void> {
  refuseSudo(machine.system);
  await withServiceLock(machine, name, ({ paths }) => machine.system.files.remove(paths.exposure));
}
