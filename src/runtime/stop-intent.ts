import { isFullDisk } from '../errors.ts';
import type { ServicePaths } from '../layout.ts';
import type { System } from '../system/system.ts';

/**
 * Records that the user wants the service down (W14). A full disk must not keep a service running (N06): there the file
 * is empty, which needs no space for content, and if not even that can be made, the service is stopped without it.
 */
export async function writeStopIntent(
  { files, clock }: Pick<System, 'files' | 'clock'>,
  { stopIntent }: Pick<ServicePaths, 'stopIntent'>,
): Promise<void> {
  for (const content of [`${clock.now().toISOString()}\n`, '']) {
    try {
      return await files.write(stopIntent, content, 0o600);
    } catch (error) {
      if (!isFullDisk(error)) throw error;
    }
  }
}
