import { hostMain } from '../host/main.ts';
import { thisMachine } from '../install/this-machine.ts';
import { parseFastHost } from './fast-host-arguments.ts';
import { showError } from './output.ts';
import { suppressExperimentalWarnings } from './suppress-warnings.ts';

/**
 * The entry point of units. It is a separate program because new connections wait until it has loaded. `others` runs
 * the full program for all other command lines.
 */
export async function fastHost(args: readonly string[], others: () => void): Promise<void> {
  const parsed = parseFastHost(args);
  if (parsed === undefined) return others();
  suppressExperimentalWarnings();
  const { name, supervise, revived } = parsed;
  try {
    await hostMain(thisMachine(parsed.roots), name, { supervise, revived });
  } catch (error) {
    process.exitCode = showError(error, false);
  }
}
