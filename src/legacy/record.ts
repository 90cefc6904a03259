import { stateFile } from '../runtime/state-file.ts';
import { equals, isString, isText, listOf, nullOr } from '../service/state-text.ts';
import type { Files } from '../system/files.ts';

/** The record of a verified migration. It is information only, so deleting it is harmless. */
export interface MigrationRecord {
  schema: 1;
  /** `kind:name`. */
  legacy: string;
  service: string;
  /** `kept`: the old setup is disabled and not removed. */
  stage: 'kept' | 'removed';
  at: string;
  definedIn: string[];
  /** The path of the data now, and of the unchanged original. */
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

/** Reads the record at `path`. Gives `undefined` when there is none. Throws `permission` when it cannot be read. */
export function readRecord(files: Files, path: string): Promise<MigrationRecord | undefined> {
  return recordFile.value(files, path);
}
