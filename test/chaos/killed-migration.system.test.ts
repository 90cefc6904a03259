import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  countChanges,
  interrupted,
  killedAt,
  preload,
  sameBeginnings,
  victimOf,
} from '../support/killed-cli.ts';
import { whoAnswers } from '../support/legacy.ts';
import { needsMachine } from '../support/machine-needs.ts';
import { assertMigrated, type Scene, setUp, withUnit } from '../support/root-unit.ts';
import { until } from '../support/until.ts';

const migration = ['migrate', '--sudo'];

/** Back to where nothing was migrated yet. */
async function reset({ machine, cli, port }: Scene): Promise<void> {
  await cli.must(['uninstall', 'mneme-server']);
  await machine.must(['rm', '-rf', '/home/bob/.mneme-server', '/home/bob/.local/state/memoryd/migrations']);
  await setUp(machine, port);
}

test(
  'X07 a migration killed with -9 at any step converges in the next run, and no data are lost',
  { skip: needsMachine },
  () =>
    withUnit(
      async (scene) => {
        const { machine, cli, port, hashes } = scene;
        const home = '/home/bob';
        const crashAt = join('/opt/memoryd', preload);
        const here = join(machine.root, home);
        const victim = victimOf(cli, 'mneme-server', crashAt, home, { here, from: 'journal' });
        const before = await hashes('/root/.mneme-server');
        const changes = await countChanges(victim, migration);
        assert.ok(changes > 40, `only ${changes} changes`);
        await reset(scene);
        const beginsAsBefore = sameBeginnings(victim);
        let finished = 0;
        // Each run takes back what the one before had done, and comes one change further.
        for (let at = 1; at <= changes; at += 1) {
          const when = `killed before change ${at} of ${changes}`;
          assert.ok(await killedAt(victim, migration, at), when);
          assert.equal(await hashes('/root/.mneme-server'), before, when);
          await beginsAsBefore(when);
          const { header, done } = (await interrupted(victim)) ?? {};
          const isPast = (done?.size ?? 0) >= (header?.finishFrom ?? Number.POSITIVE_INFINITY);
          // From its point of no return on, the next run finishes it; before that every fourth is left in peace to.
          if (isPast) finished += 1;
          else if (at % 4 !== 0) continue;
          const { code, stdout, stderr } = await cli.run(migration);
          assert.equal(code, 0, `${when}: ${stdout}${stderr}`);
          await until('it answers', async () => (await whoAnswers(port)) === 'memoryd');
          await assertMigrated(scene, before);
          if (at < changes) await reset(scene);
        }
        assert.ok(finished > 5, `${finished} finished`);
        await assertMigrated(scene, before);
      },
      [preload],
    ),
);
