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

/** How long a service may take to stop. Windows grants the time a service asks for; most need seconds. */
const patienceMs = 60_000;

/** Runs elevated on Windows. It is the only part of memoryd that does. */
export async function elevatedCommand(directory: string, options: Options): Promise<void> {
  const { act, service, parent, copyFrom: from, copyTo: to, manifest, sid } = options;
  const whole = from !== undefined && to !== undefined && manifest !== undefined && sid !== undefined;
  const copy = whole ? { copy: { from, to, manifest, sid } } : {};
  await runElevated(realSystem(), { act, service, directory, parent, patienceMs, ...copy });
}
