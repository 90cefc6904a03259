import type { Roots } from '../../layout.ts';
import type { System } from '../../system/system.ts';
import type { EarlySettings } from '../early-settings.ts';

/**
 * Whether the daemon binds its port itself, so that nobody may hold it on its behalf: a foreign one that speaks HTTP.
 * What is wrong with its adapter is said later, by whoever loads it.
 */
export async function bindsItself(
  { files }: Pick<System, 'files'>,
  roots: Roots,
  { foreign }: Pick<EarlySettings, 'foreign'>,
): Promise<boolean> {
  if (foreign === undefined) return false;
  if (foreign.transport !== undefined || foreign.adapter === undefined) return foreign.transport !== 'stdio';
  const { findAdapter } = await import('../../adapters/load.ts');
  const found = await findAdapter(files, roots, foreign.adapter);
  return found?.kind !== 'valid' || found.adapter.transport !== 'stdio';
}
