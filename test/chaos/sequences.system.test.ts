import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { messageOf } from '../../src/errors.ts';
import { Service } from '../contract/service.ts';
import { changedSince, snapshot } from '../contract/snapshot.ts';
import type { World } from '../contract/world.ts';
import { launchd } from '../contract/worlds/launchd.ts';
import { standalone } from '../contract/worlds/standalone.ts';
import { systemd } from '../contract/worlds/systemd.ts';
import { taskScheduler } from '../contract/worlds/task-scheduler.ts';
import { actions, longestMs, randomFrom } from './actions.ts';

/*
 * Random sequences of commands, crashes and hand edits, after which an uninstall must succeed and leave nothing (N01).
 * MEMORYD_CHAOS is how many for each backend, MEMORYD_CHAOS_BACKEND which backend, and MEMORYD_SEED the first seed.
 */
const count = Number(process.env.MEMORYD_CHAOS ?? 1);
const only = process.env.MEMORYD_CHAOS_BACKEND;
const firstSeed = Number(process.env.MEMORYD_SEED ?? Date.now() % 2 ** 31);
const longest = 6;

const worlds: World[] = [standalone, systemd, launchd, taskScheduler];

const files = ({ machine }: Service) => snapshot(machine.places, machine.program);

/** Installs, does what the seed says, and uninstalls. `done` collects what was done, for the message of a failure. */
async function sequence(service: Service, seed: number, done: string[]): Promise<void> {
  const random = randomFrom(seed);
  const quick = { schema: 1, name: service.name, startTimeoutSecs: 5, stopTimeoutSecs: 2 };
  await service.machine.write(service.paths.definition, JSON.stringify(quick), 0o600);
  await service.run('install', [], { timeoutMs: longestMs });
  const length = 1 + Math.floor(random() * longest);
  for (let step = 0; step < length; step += 1) {
    const action = actions[Math.floor(random() * actions.length)];
    if (action === undefined) continue;
    done.push(action.name);
    await action.run(service, random);
  }
  done.push('uninstall --purge --yes');
  const { code, stderr } = await service.run('uninstall', ['--purge', '--yes'], { timeoutMs: longestMs });
  // 4: the sequence itself has removed it.
  assert.ok(code === 0 || code === 4, `exit ${code}: ${stderr}`);
}

async function assertGone(service: Service, before: ReadonlyMap<string, string>): Promise<void> {
  await service.assertNothingRuns();
  assert.equal(await service.machine.isRegistered(), false, 'it is still registered');
  assert.deepEqual(changedSince(before, await files(service)), []);
}

/**
 * Runs sequences on one machine from `seed` on until one fails or `end` is reached. Gives the seed after the last one,
 * and the failure.
 */
async function runFrom(world: World, seed: number, end: number): Promise<{ next: number; failure?: Error }> {
  await using machine = await world.start();
  const service = new Service(world, machine);
  await using pristine = await createFixture(machine.program);
  for (let next = seed; next < end; next += 1) {
    const done: string[] = [];
    const before = await files(service);
    try {
      await sequence(service, next, done);
      await assertGone(service, before);
    } catch (error) {
      const how = `MEMORYD_SEED=${next} MEMORYD_CHAOS=1 MEMORYD_CHAOS_BACKEND=${world.backend}`;
      const failure = new Error(`${how}: ${done.join('; ')}: ${messageOf(error)}`);
      return { next: next + 1, failure };
    }
    // Whatever the sequence has done to the program.
    await cp(pristine.path, machine.program, { recursive: true, force: true, preserveTimestamps: true });
  }
  return { next: end };
}

for (const world of worlds.filter(({ backend }) => only === undefined || backend === only)) {
  describe(`chaos: ${world.title}`, { skip: world.skip, timeout: Number.POSITIVE_INFINITY }, () => {
    test(`N01 after random sequences (${count}) an uninstall succeeds and leaves nothing`, async (t) => {
      const failures: string[] = [];
      for (let seed = firstSeed; seed < firstSeed + count; ) {
        const { next, failure } = await runFrom(world, seed, firstSeed + count);
        if (failure !== undefined) {
          failures.push(failure.message);
          t.diagnostic(failure.message);
        }
        seed = next;
      }
      assert.deepEqual(failures, []);
    });
  });
}
