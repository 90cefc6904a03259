// What the simulated Windows runs elevated: the worker itself.
import { parseArgs } from 'node:util';
import type { ElevatedOrders } from '../../../src/install/elevated/orders.ts';
import { runElevated } from '../../../src/install/elevated/worker.ts';
import { realSystem } from '../../../src/system/system.ts';

const text = { type: 'string' } as const;
const { values, positionals } = parseArgs({
  args: process.argv.slice(3),
  allowPositionals: true,
  options: {
    act: text,
    service: text,
    parent: text,
    'copy-from': { ...text, multiple: true },
    'copy-to': text,
    manifest: text,
    sid: text,
  },
});
const { 'copy-from': from, 'copy-to': to, manifest, sid } = values;
const copy = from && to && manifest && sid ? { copy: { from, to, manifest, sid } } : {};

await runElevated(realSystem(), {
  act: values.act as ElevatedOrders['act'],
  service: values.service ?? '',
  directory: positionals[0] ?? '',
  parent: Number(values.parent),
  patienceMs: 1500,
  ...copy,
});
