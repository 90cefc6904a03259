import { parseArgs } from 'node:util';
import type { ElevatedOrders } from '../install/elevated/orders.ts';
import { runElevated } from '../install/elevated/worker.ts';
import { realSystem } from '../system/system.ts';

/*
 * What Windows runs elevated, and nothing else of memoryd: a program of its own in one file, which is copied to where
 * only administrators write before it runs. See install/elevated/wrapper.ts.
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

const { own = '', act, service = '', directory = '', parent, patience, 'copy-from': from, sid } = values;

void runElevated(realSystem(), {
  act: act as ElevatedOrders['act'],
  service,
  own,
  directory,
  parent: Number(parent),
  patienceMs: patience === undefined ? patienceMs : Number(patience),
  ...(from === undefined || sid === undefined ? {} : { copy: { from, sid } }),
}).catch(() => {
  // It has said why where the user's part reads it.
  process.exitCode = 1;
});
