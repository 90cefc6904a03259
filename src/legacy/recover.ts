import { join } from 'node:path';
import type { Recovery } from '../install/recover.ts';
import { type Machine, withServiceLock } from '../install/service-lock.ts';
import { changesDirectory } from '../layout.ts';
import { namePattern } from '../service/name.ts';

/** Gives the services whose last change was interrupted. */
export async function interruptedServices({
  system,
  roots,
}: Pick<Machine, 'system' | 'roots'>): Promise<string[]> {
  const directory = changesDirectory(roots);
  const names = (await system.files.list(directory))
    .filter((name) => name.endsWith('.journal'))
    .map((name) => name.slice(0, -'.journal'.length))
    .filter((name) => namePattern.test(name));
  const seen = await Promise.all(
    names.map(async (name) => ({
      name,
      kind: (await system.files.inspect(join(directory, `${name}.journal`, 'plan.json'))).kind,
    })),
  );
  return seen.filter(({ kind }) => kind === 'file').map(({ name }) => name);
}

/**
 * Undoes or finishes every interrupted change, before anything is detected: after an interrupted migration the old
 * daemon may be stopped, and detection must see the final state.
 * Gives each service with what was done. Throws what recovering a change throws.
 */
export async function recoverInterrupted(
  machine: Machine,
): Promise<{ service: string; recovery: Recovery }[]> {
  const ended: { service: string; recovery: Recovery }[] = [];
  for (const service of await interruptedServices(machine)) {
    ended.push({
      service,
      recovery: await withServiceLock(machine, service, async ({ recovery }) => recovery),
    });
  }
  return ended;
}
