import { readAdapterText } from '../adapters/files.ts';
import type { Roots } from '../layout.ts';
import type { System } from '../system/system.ts';
import type { EarlySettings } from './early-settings.ts';

/**
 * Whether the daemon binds its port itself, so that no other process may hold it: true for an external daemon that uses
 * HTTP. An invalid adapter is reported later, when it is loaded.
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

/** Read without the schema, like everything before a host has published. */
function isStdio(adapter: string): boolean {
  try {
    return (JSON.parse(adapter) as { transport?: unknown } | null)?.transport === 'stdio';
  } catch {
    return false;
  }
}
