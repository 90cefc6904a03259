import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the recorded outputs of launchctl lie. */
export const recordings = join(import.meta.dirname, '..', '..', 'fixtures', 'launchctl');

/** A recorded output, to the byte. */
export function recorded(name: string): string {
  return readFileSync(join(recordings, name), 'utf8');
}
