import { parseArgs } from 'node:util';
import type { ElevatedInstructions } from '../install/elevated/instructions.ts';
import { runElevated } from '../install/elevated/worker.ts';
import { realSystem } from '../system/system.ts';

/*
 * The only part of memoryd that Windows runs elevated. It is a program in one file, which is copied to a directory that
 * only administrators can write before it runs. See install/elevated/wrapper.ts.
 */

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    own: text,
    act: text,
    service: text,
    directory: text,
    parent: text,
    patience: text,
    'copy-from': { ...text, multiple: true },
    sid: text,
  },
});

/** Windows gives a service as long as it asks for; most end in seconds. */
const patienceMs = 60_000;

const acts: readonly ElevatedInstructions['act'][] = ['move', 'remove', 'disable', 'start'];

/** The orders in the arguments. Throws when they are incomplete: only memoryd starts this program. */
function ordersOf(): ElevatedInstructions {
  const { own, service, directory, parent, patience, 'copy-from': from, sid } = values;
  const act = acts.find((one) => one === values.act);
  if (act === undefined || !own || !service || !directory) throw new Error('not to be run by hand');
  return {
    act,
    service,
    own,
    directory,
    parent: Number(parent),
    patienceMs: patience === undefined ? patienceMs : Number(patience),
    ...(from === undefined || sid === undefined ? {} : { copy: { from, sid } }),
  };
}

void runElevated(realSystem(), ordersOf()).catch(() => {
  // The reason is in the file that the user's run reads.
  process.exitCode = 1;
});
