import { join } from 'node:path';
import type { Files } from '../../system/files.ts';

/** What was printed before our own log was open, in the log directory of a service: by us and by launchd. */
export const launchOutputFiles = { own: 'stderr.txt', launchd: 'launchd-stderr.log' } as const;

/**
 * The last lines of what a host printed before it had a log: messages of the loader of the system (dyld, ld.so) and of
 * Node itself. The files are emptied at every start.
 */
export async function readLaunchOutput(
  files: Pick<Files, 'read'>,
  logs: string,
  lines: number,
): Promise<string[]> {
  const texts = await Promise.all(
    Object.values(launchOutputFiles).map(async (name) => {
      const read = await files.read(join(logs, name));
      return read.kind === 'content' ? read.text.split('\n').filter((line) => line.trim() !== '') : [];
    }),
  );
  return texts.flat().slice(-lines);
}
