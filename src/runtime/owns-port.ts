import { readAdapterText } from '../adapters/files.ts';
import type { Roots } from '../layout.ts';
import type { System } from '../system/system.ts';
import type { EarlySettings } from './early-settings.ts';

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
  const file = await readAdapterText(files, roots, foreign.adapter);
  return file?.kind !== 'content' || !isStdio(file.text);
}

/** Read without the schema, as everything is before a host has published. */
function isStdio(adapter: string): boolean {
  try {
    return (JSON.parse(adapter) as { transport?: unknown } | null)?.transport === 'stdio';
  } catch {
    return false;
  }
}
