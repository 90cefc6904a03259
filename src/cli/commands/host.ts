import { hostMain } from '../../host/main.ts';
import { type RootOptions, thisMachine } from '../../install/this-machine.ts';
import { type DaemonFlags, daemonOverrides } from '../daemon-options.ts';

/** Never returns: the process becomes the host, or its supervisor. */
export async function hostCommand(
  name: string,
  options: RootOptions & DaemonFlags & { supervise?: boolean; revived?: boolean },
): Promise<void> {
  await hostMain(thisMachine(options), name, {
    supervise: options.supervise === true,
    revived: options.revived === true,
    overrides: daemonOverrides(options) ?? {},
  });
}
