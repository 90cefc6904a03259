import { fastInspect } from '../install/fast-inspect.ts';
import { serviceNames } from '../install/service-names.ts';
import { thisMachine } from '../install/this-machine.ts';
import { namePattern } from '../service/name.ts';
import { writeStdout } from '../system/write-stdout.ts';
import { parseFastStatus } from './fast-status-arguments.ts';
import { output } from './output.ts';
import { showStatuses } from './show-statuses.ts';

/**
 * A fast `status` for services that answer, in a single file: agents and prompts call it often. Before it prints
 * anything, it calls `others`, which runs the full program, for every other command line and after any error.
 */
export function fastStatus(args: readonly string[], others: () => void): void {
  answer(args).then((answered) => answered || others(), others);
}

async function answer(args: readonly string[]): Promise<boolean> {
  const parsed = parseFastStatus(args);
  if (parsed === undefined) return false;
  const machine = thisMachine();
  const names = parsed.name === undefined ? await serviceNames(machine) : [parsed.name];
  if (!names.every((name) => namePattern.test(name))) return false;
  const seen = await Promise.all(names.map((name) => fastInspect(machine, name)));
  const answering = seen.filter((one) => one !== undefined);
  if (answering.length < seen.length) return false;
  let out = true;
  const write = (text: string) => {
    out = writeStdout(text) && out;
  };
  process.exitCode = showStatuses(answering, output(parsed.options.json, write));
  // All output is written. Exiting at once is faster than a regular shutdown.
  if (out) process.exit();
  return true;
}
