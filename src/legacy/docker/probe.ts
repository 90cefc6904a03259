import type { System } from '../../system/system.ts';
import { type ContainerFacts, readContainers } from './detect.ts';

/** A Docker that hangs must not hold up anybody else's detection. */
const timeoutMs = 5000;

/** Every container of the Docker this user may talk to; none where there is none. */
export async function probeDocker({ exec }: System): Promise<ContainerFacts[]> {
  const argv = ['docker', 'container', 'ls', '--all', '--no-trunc', '--format', '{{json .}}'] as const;
  const result = await exec.run(argv, { timeoutMs });
  return result.kind === 'exited' && result.code === 0 ? readContainers(result.stdout) : [];
}
