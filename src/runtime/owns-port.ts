import { readAdapterText } from '../adapters/files.ts';
import type { Roots } from '../layout.ts';
import type { System } from '../system/system.ts';
import type { EarlySettings } from './early-settings.ts';

/**
 * Whether the daemon binds its port itself, so that nobody may hold it on its behalf: an external one that speaks HTTP.
 * What is wrong with its adapter is said later, by whoever loads it.
 */
export async function ownsPort(
  { files }: Pick<System, 'files'>,
  roots: Roots,
  { external }: Pick<EarlySettings, 'external'>,
): Promise<boolean> {
  if (external === undefined) return false;
  if (external.transport !== undefined || external.adapter === undefined)
    return external.transport !== 'stdio';
  const file = await readAdapterText(files, roots, external.adapter);
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
