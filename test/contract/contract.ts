import { describe, test } from 'node:test';
import type { Case } from './case.ts';
import { installCases } from './cases/install.ts';
import { killedCases } from './cases/killed.ts';
import { questionCases } from './cases/questions.ts';
import { runningCases } from './cases/running.ts';
import { sessionCases } from './cases/sessions.ts';
import { toolCases } from './cases/tool.ts';
import { unitCases } from './cases/unit.ts';
import { upgradeCases } from './cases/upgrade.ts';
import { wayOutCases } from './cases/way-out.ts';
import { Service } from './service.ts';
import type { World } from './world.ts';

const shared: Case[] = [
  ...toolCases,
  ...questionCases,
  ...upgradeCases,
  ...installCases,
  ...unitCases,
  ...wayOutCases,
  ...runningCases,
  ...sessionCases,
];

/** Machines that are up at the same time. */
const concurrency = 2;
const caseTimeoutMs = 300_000;

/** Runs the contract of backends on `world`, each case on a machine of its own. */
export function contract(world: World): void {
  describe(world.title, { skip: world.skip, concurrency, timeout: Number.POSITIVE_INFINITY }, () => {
    // The long ones first: the others run beside them.
    for (const { name, needs, run } of world.killedElsewhere ? shared : [...killedCases, ...shared]) {
      const skip = (needs !== undefined && world.lacks?.[needs]) || false;
      test(`${world.title}: ${name}`, { skip, timeout: caseTimeoutMs }, async () => {
        await using machine = await world.start();
        await run(new Service(world, machine));
      });
    }
  });
}
