import type { Files } from '../../system/files.ts';
import { surveyTree } from '../../system/tree/survey.ts';
import type { DataState } from '../finding.ts';

/** What lies in a data directory, sizes added up. A directory that cannot be looked into is another account's. */
export async function probeData(files: Files, path: string | undefined): Promise<DataState> {
  if (path === undefined) return { kind: 'unknown' };
  const seen = await files.inspect(path);
  if (seen.kind === 'absent') return { kind: 'absent', path };
  if (seen.kind === 'unreadable') return { kind: 'closed', path };
  const survey = await surveyTree(path);
  if (survey.unreadable.length > 0 && survey.files === 0) return { kind: 'closed', path };
  return { kind: 'directory', path, bytes: survey.bytes, files: survey.files };
}
