import { after, before, describe, test } from 'node:test';
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
import type { Machine, World } from './world.ts';

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

/** Runs the contract of backends on `world`. */
export function contract(world: World): void {
  const options = ({ needs }: Case) => ({
    skip: (needs !== undefined && world.lacks?.[needs]) || false,
    timeout: caseTimeoutMs,
  });
  const title = ({ name }: Case) => `${world.title}: ${name}`;
  const all = world.killedElsewhere ? shared : [...killedCases, ...shared];

  describe(world.title, { skip: world.skip, concurrency, timeout: Number.POSITIVE_INFINITY }, () => {
    describe('on one machine', { concurrency: 1, timeout: Number.POSITIVE_INFINITY }, () => {
      let machine: Machine | undefined;
      before(async () => {
        machine = await world.start();
      });
      after(() => machine?.[Symbol.asyncDispose]());
      for (const one of all.filter(({ keepsInstall }) => keepsInstall)) {
        test(title(one), options(one), () => one.run(new Service(world, machine as Machine)));
      }
    });
    // The long ones first: the others run beside them.
    for (const one of all.filter(({ keepsInstall }) => !keepsInstall)) {
      test(title(one), options(one), async () => {
        await using machine = await world.start();
        await one.run(new Service(world, machine));
      });
    }
  });
}
