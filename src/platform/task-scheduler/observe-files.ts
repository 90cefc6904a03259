import { type Roots, servicePaths } from '../../layout.ts';
import type { UnitObservation } from '../../service/unit.ts';
import type { System } from '../../system/system.ts';
import { decodeOutput } from './decode.ts';
import { findLink } from './link-path.ts';
import { taskFile } from './names.ts';

/**
 * The observation from our own files, without starting a process and without the XML parser, which takes longer to
 * load than everything else. The file was written from our template, and a hash tells whether it was changed.
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
  const atLogin = link !== undefined || readable?.includes('<LogonTrigger>');
  return {
    kind: 'registered',
    path: link ?? path,
    enabled: atLogin === undefined ? 'unknown' : atLogin ? 'enabled' : 'disabled',
    process: { kind: 'unknown', reason: 'task scheduler was not asked' },
    dropIns: [],
    needsReload: false,
  };
}
