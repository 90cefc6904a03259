import { MemorydError } from '../../errors.ts';
import type { ServicePaths } from '../../layout.ts';
import type { Files } from '../../system/files.ts';
import { decodeOutput } from './decode.ts';
import { taskFile } from './names.ts';
import type { Task } from './parse.ts';

/** The task file that `install` wrote. */
export type UnitFileState =
  | { kind: 'absent' }
  | { kind: 'broken'; path: string; why: string }
  | { kind: 'task'; path: string; task: Task };

export async function readUnitFile(files: Files, paths: Pick<ServicePaths, 'state'>): Promise<UnitFileState> {
  const path = taskFile(paths.state);
  const read = await files.read(path);
  if (read.kind === 'absent') return read;
  if (read.kind === 'unreadable') return { kind: 'broken', path, why: read.why };
  const { parseTask } = await import('./parse.ts');
  const parsed = parseTask(decodeOutput(read.bytes));
  return parsed.kind === 'task' ? { ...parsed, path } : { kind: 'broken', path, why: parsed.why };
}

/** The same; throws if there is no usable file. */
export async function requireUnitFile(files: Files, paths: Pick<ServicePaths, 'state'>, service: string) {
  const state = await readUnitFile(files, paths);
  if (state.kind === 'task') return state;
  const why = state.kind === 'absent' ? 'it is not there' : state.why;
  throw new MemorydError('failed', `cannot use ${taskFile(paths.state)}: ${why}`, {
    hint: `memoryd install ${service}`,
  });
}
