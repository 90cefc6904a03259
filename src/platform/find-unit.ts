import type { System } from '../system/system.ts';
import { type FoundUnit, findUnit as findSystemdUnit, unitServices } from './systemd/find-unit.ts';

export type { FoundUnit } from './systemd/find-unit.ts';

type UnitSystem = Pick<System, 'platform' | 'env' | 'user' | 'files'>;

/** Only the units of systemd lie where a variable of the shell may point to. */
const hasXdg = ({ platform }: UnitSystem): boolean => platform !== 'win32' && platform !== 'darwin';

/** The unit of a service, wherever the variables of this shell point (N07). */
export async function findUnit(system: UnitSystem, service: string): Promise<FoundUnit | undefined> {
  return hasXdg(system) ? findSystemdUnit(system, service) : undefined;
}

/** The names of the services that have a unit there. */
export async function servicesWithUnit(system: UnitSystem): Promise<string[]> {
  return hasXdg(system) ? unitServices(system) : [];
}
