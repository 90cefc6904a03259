import { MemorydError } from '../../errors.ts';
import type { Endpoint } from '../../host/endpoint.ts';
import { isSameProcess } from '../../host/identity.ts';
import type { System } from '../../system/system.ts';
import { finished } from './schtasks.ts';

/**
 * Ends the host and everything below it: /end takes only the task's own process (W11). `endpoint` is one that was
 * just found living; a process that is not it any more is left alone (X03).
 * Throws `permission` when it cannot be ended.
 */
export async function killTree(system: System, endpoint: Endpoint): Promise<void> {
  if (!isSameProcess(system, endpoint)) return;
  const argv = ['taskkill', '/pid', String(endpoint.pid), '/t', '/f'] as const;
  const result = finished(await system.exec.run(argv), 'taskkill');
  if (result.code === 0 || !isSameProcess(system, endpoint)) return;
  throw new MemorydError('permission', `process ${endpoint.pid} cannot be ended`, {
    words: result.stderr,
    hint: argv.join(' '),
  });
}
