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

/** The record at `path`; `undefined` when there is none that can be read. */
export async function readRecord(files: Files, path: string): Promise<MigrationRecord | undefined> {
  const read = await files.read(path);
  if (read.kind !== 'content') return undefined;
  try {
    const record = JSON.parse(read.text) as MigrationRecord;
    return record.schema === 1 ? record : undefined;
  } catch {
    return undefined;
  }
}
