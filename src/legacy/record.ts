import { stateFile } from '../runtime/state-file.ts';
import { equals, isString, isText, listOf, nullOr } from '../service/state-text.ts';
import type { Files } from '../system/files.ts';

/** What a migration says once it is verified. Deleting it is harmless: it is only what is known of the past. */
export interface MigrationRecord {
  schema: 1;
  /** `kind:name`. */
  legacy: string;
  service: string;
  /** `kept`: disabled and still there. */
  stage: 'kept' | 'removed';
  at: string;
  definedIn: string[];
  /** Where the data are now, and where they are as they were. */
  data: string | null;
  original: string | null;
}

const recordFile = stateFile<string, MigrationRecord>((path) => path, {
  schema: equals(1),
  legacy: isText,
  service: isText,
  stage: isText,
  at: isText,
  definedIn: listOf(isString),
  data: nullOr(isString),
  original: nullOr(isString),
});

/** The record at `path`; `undefined` when there is none. Throws `permission` when it is there and cannot be read. */
export function readRecord(files: Files, path: string): Promise<MigrationRecord | undefined> {
  return recordFile.value(files, path);
}
