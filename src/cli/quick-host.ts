import { hostMain } from '../host/main.ts';
import { hushExperimental } from './hush.ts';
import { thisMachine } from './machine.ts';
import { showError } from './output.ts';
import { plainHost } from './plain-host.ts';

/**
 * What units run: a program of its own, because who was just connected waits until it has loaded.
 * `others` runs the whole program, for everything that units do not say.
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
