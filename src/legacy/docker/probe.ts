import type { System } from '../../system/system.ts';
import { type ContainerFacts, readContainers } from './detect.ts';

/** A Docker that does not answer must not delay the rest of the detection. */
const timeoutMs = 5000;

/** Lists the containers of the Docker that this user can access. Gives none where there is no Docker. */
export async function probeDocker({ exec }: System): Promise<ContainerFacts[]> {
  const argv = ['docker', 'container', 'ls', '--all', '--no-trunc', '--format', '{{json .}}'] as const;
  const result = await exec.run(argv, { timeoutMs });
  return result.kind === 'exited' && result.code === 0 ? readContainers(result.stdout) : [];
}
