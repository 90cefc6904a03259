import { MemorydError } from '../../errors.ts';
import type { RemoveFile, WriteFile } from '../../service/step.ts';
import type { UnitFile } from '../../service/unit.ts';
import { missingParents, removeWhileEmpty } from '../../system/parents.ts';
import type { StepContext, StepHandler } from '../context.ts';

/** What was at the path. The content is in the journal, which only this user can read. */
type FileBefore = { kind: 'absent'; missingParents: string[] } | { kind: 'file'; mode: number };

/** The bytes of a unit file. Task Scheduler only reads UTF-16LE with a byte order mark (W08). */
export function encode(content: string, encoding: UnitFile['encoding']): Uint8Array {
  return encoding === 'utf16le-bom'
    ? Buffer.from(`\ufeff${content}`, 'utf16le')
    : Buffer.from(content, encoding);
}

async function capture(
  step: { path: string },
  { system, journal }: StepContext,
  index: number,
): Promise<FileBefore> {
  const { files } = system;
  const seen = await files.inspect(step.path);
  if (seen.kind === 'absent')
    return { kind: 'absent', missingParents: await missingParents(files, step.path) };
  const read = await files.read(step.path);
  if (seen.kind !== 'file' || read.kind !== 'content') {
    throw new MemorydError('failed', `${step.path} cannot be read: it is not a file`);
  }
  await files.write(journal.beforePath(index), read.bytes, 0o600);
  return { kind: 'file', mode: seen.stats.mode & 0o777 };
}

async function restore(
  step: { path: string },
  before: FileBefore,
  context: StepContext,
  index: number,
): Promise<void> {
  const { files } = context.system;
  if (before.kind === 'absent') {
    await files.remove(step.path);
    await removeWhileEmpty(before.missingParents);
    return;
  }
  const kept = await files.read(context.journal.beforePath(index));
  if (kept.kind !== 'content')
    throw new MemorydError('failed', `cannot restore ${step.path}: its backup is ${kept.kind}`);
  await files.write(step.path, kept.bytes, before.mode);
}

export const writeFile: StepHandler<WriteFile, FileBefore> = {
  capture,
  run: (step, { system }) => system.files.write(step.path, encode(step.content, step.encoding), step.mode),
  undo: restore,
};

export const removeFile: StepHandler<RemoveFile, FileBefore> = {
  capture,
  run: (step, { system }) => system.files.remove(step.path),
  undo: restore,
};
