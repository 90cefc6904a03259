import { MemorydError } from '../errors.ts';
import type { ServicePaths } from '../layout.ts';
import { readLaunchOutput } from '../runtime/logs/launch-output.ts';
import { readLog } from '../runtime/logs/reader.ts';
import { readRuns } from '../runtime/run-history-file.ts';
import type { Files } from '../system/files.ts';

/** The recorded reason why the host gave up until it is started explicitly. */
export async function readGaveUp(files: Files, paths: ServicePaths): Promise<string | undefined> {
  const runs = await readRuns({ files }, paths);
  const refused = runs?.lastExit?.kind === 'refused' ? runs.lastExit.reason : undefined;
  return runs?.parked?.reason ?? refused;
}

/** The error of the manager with the reason of the host before its output, if the host recorded one since `since`. */
export async function withFailureReason(
  error: unknown,
  files: Files,
  paths: ServicePaths,
  since: Date,
): Promise<unknown> {
  const last = (await readRuns({ files }, paths))?.lastExit;
  if (!(error instanceof MemorydError) || last === undefined || last === null) return error;
  const isNew = last.kind !== 'clean' && Date.parse(last.at) >= since.getTime();
  if (!isNew || error.words?.includes(last.reason)) return error;
  const words = [last.reason, ...(error.words === undefined ? [] : [error.words])].join('\n');
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  return new MemorydError(error.kind, error.message, { words, ...hint, cause: error });
}

const lastLines = 8;

/**
 * The last lines of the log since `since`: the output of a host that did not start. If it did not even get to its log,
 * what the loader of the system or Node printed (N09).
 */
export async function failureDetail(
  files: Files,
  service: string,
  { logs }: ServicePaths,
  since: Date,
): Promise<string | undefined> {
  const lines = await readLog(files, { directory: logs, service, lines: lastLines, since });
  const said = lines.length === 0 ? await readLaunchOutput(files, logs, lastLines) : lines;
  return said.length === 0 ? undefined : said.join('\n');
}
