import { inspectAnswering } from '../install/inspect-answering.ts';
import { serviceNames } from '../install/list.ts';
import { namePattern } from '../service/name.ts';
import { thisMachine } from './machine.ts';
import { output } from './output.ts';
import { plainStatus } from './plain-status.ts';
import { showStatuses } from './show-statuses.ts';
import { writeStdout } from './write-stdout.ts';

/**
 * `status` of services that answer: a program of its own, in one file, for what agents and prompts run all day.
 * `others` runs the whole program; it is called, with nothing said yet, for everything else and for whatever goes wrong.
 */
export function quickStatus(args: readonly string[], others: () => void): void {
  answer(args).then((answered) => answered || others(), others);
}

async function answer(args: readonly string[]): Promise<boolean> {
  const plain = plainStatus(args);
  if (plain === undefined) return false;
  const machine = thisMachine();
  const names = plain.name === undefined ? await serviceNames(machine) : [plain.name];
  if (!names.every((name) => namePattern.test(name))) return false;
  const seen = await Promise.all(names.map((name) => inspectAnswering(machine, name)));
  const answering = seen.filter((one) => one !== undefined);
  if (answering.length < seen.length) return false;
  let out = true;
  const write = (text: string) => {
    out = writeStdout(text) && out;
  };
  process.exitCode = showStatuses(answering, output(plain.options.json, write));
  // With nothing left to write: to take all apart that a process is made of takes longer than to leave it.
  if (out) process.exit();
  return true;
}
