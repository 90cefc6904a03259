import type { Files } from '../../system/files.ts';
import { linesOf } from '../../system/lines.ts';
import { realPath } from '../../system/real-path.ts';
import { parseMemoryLine } from './memories-jsonl.ts';

/** Larger files are read line by line, where each line is a memory. Other formats can only be read as a whole. */
const largeBytes = 64 * 1024 * 1024;

/** Whether a path is a large file whose first line is a memory. */
export async function isMemoryLines(files: Files, path: string): Promise<boolean> {
  const seen = await files.inspect(realPath(path));
  if (seen.kind !== 'file' || seen.stats.size <= largeBytes) return false;
  const { value: first } = linesOf(path).next();
  return typeof first === 'string' && 'memory' in parseMemoryLine(first, 'line 1');
}
