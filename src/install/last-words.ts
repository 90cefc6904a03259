import { readLog } from '../host/logs/reader.ts';
import { readRuns } from '../host/runs-file.ts';
import type { ServicePaths } from '../layout.ts';
import type { Files } from '../system/files.ts';

/** Why the host gave up until it is started on purpose, as it wrote it. */
export async function readParked(files: Files, paths: ServicePaths): Promise<string | undefined> {
  const runs = await readRuns({ files }, paths);
  const refused = runs?.lastExit?.kind === 'refused' ? runs.lastExit.reason : undefined;
  return runs?.parked?.reason ?? refused;
}

const lastLines = 8;

/** The last lines of the log since `since`: what a host that did not come up said. */
export async function lastWords(
  files: Files,
  service: string,
  { logs }: ServicePaths,
  since: Date,
): Promise<string | undefined> {
  const lines = await readLog(files, { directory: logs, service, lines: lastLines, since });
  return lines.length === 0 ? undefined : lines.join('\n');
}
