import { MemorydError } from '../../errors.ts';
import type { Endpoint } from '../../runtime/endpoint.ts';
import { isSameProcess } from '../../runtime/identity.ts';
import { shellLine } from '../../service/shell-line.ts';
import type { System } from '../../system/system.ts';
import { finished } from './schtasks.ts';

/**
 * Ends a process and all its descendants: /end only ends the process of the task (W11). `root` was just seen alive; a
 * process with another start identity is not touched (X03). Throws `permission` if it cannot be ended.
 */
export async function killTree(system: System, root: Pick<Endpoint, 'pid' | 'start'>): Promise<void> {
  if (!isSameProcess(system, root)) return;
  const argv = ['taskkill', '/pid', String(root.pid), '/t', '/f'] as const;
  const result = finished(await system.exec.run(argv), 'taskkill');
  if (result.code === 0 || !isSameProcess(system, root)) return;
  throw new MemorydError('permission', `process ${root.pid} cannot be ended`, {
    words: result.stderr,
    hint: shellLine(argv),
  });
}
