import { type Roots, servicePaths } from '../../layout.ts';
import type { UnitObservation } from '../../service/unit.ts';
import type { System } from '../../system/system.ts';
import { decodeOutput } from './decode.ts';
import { findLink, linkReason } from './link-path.ts';
import { taskFile } from './names.ts';

/**
 * The observation from our own files, without starting a process and without the XML parser, which takes longer to
 * load than everything else. The shortcut itself is seen; of a task only the file that it was made from, and that does
 * not tell whether the task is still there and enabled (N27).
 */
export async function observeTaskFiles(
  system: System,
  roots: Roots,
  service: string,
): Promise<UnitObservation> {
  const path = taskFile(servicePaths(roots, service).state);
  const [unit, link] = await Promise.all([system.files.read(path), findLink(system, service)]);
  if (unit.kind === 'absent' && link === undefined) return unit;
  const readable = unit.kind === 'content' ? decodeOutput(unit.bytes) : undefined;
  const triggered = readable === undefined || readable.includes('<LogonTrigger>');
  return {
    kind: 'registered',
    path: link ?? path,
    enabled: link !== undefined ? 'enabled' : triggered ? 'unknown' : 'disabled',
    process: { kind: 'unknown', reason: 'task scheduler was not asked' },
    dropIns: [],
    needsReload: false,
    ...(link === undefined ? {} : { provisional: linkReason }),
  };
}
