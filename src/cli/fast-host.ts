import { hostMain } from '../host/main.ts';
import { thisMachine } from '../install/this-machine.ts';
import { plainHost } from './fast-host-arguments.ts';
import { showError } from './output.ts';
import { hushExperimental } from './suppress-warnings.ts';

/**
 * The entry point of units. It is a separate program because new connections wait until it has loaded. `others` runs
 * the full program for all other command lines.
 */
export async function quickHost(args: readonly string[], others: () => void): Promise<void> {
  const plain = plainHost(args);
  if (plain === undefined) return others();
  hushExperimental();
  const { name, supervise, revived } = plain;
  try {
    await hostMain(thisMachine(plain.roots), name, { supervise, revived });
  } catch (error) {
    process.exitCode = showError(error, false);
  }
}
