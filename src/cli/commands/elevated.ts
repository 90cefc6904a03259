import type { ElevatedOrders } from '../../install/elevated/orders.ts';
import { runElevated } from '../../install/elevated/worker.ts';
import { realSystem } from '../../system/system.ts';

interface Options {
  act: ElevatedOrders['act'];
  service: string;
  parent: number;
  copyFrom?: string[];
  copyTo?: string;
  manifest?: string;
  sid?: string;
}

/** Windows gives a service as long as it asks for; most end in seconds. */
const patienceMs = 60_000;

/** What Windows runs elevated, and nothing else of memoryd. */
export async function elevatedCommand(directory: string, options: Options): Promise<void> {
  const { act, service, parent, copyFrom: from, copyTo: to, manifest, sid } = options;
  const whole = from !== undefined && to !== undefined && manifest !== undefined && sid !== undefined;
  const copy = whole ? { copy: { from, to, manifest, sid } } : {};
  await runElevated(realSystem(), { act, service, directory, parent, patienceMs, ...copy });
}
