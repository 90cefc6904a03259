import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whoAnswers } from '../support/legacy.ts';
import { needsMachine } from '../support/machine-needs.ts';
import { assertMigrated, type Scene, setUp, withUnit } from '../support/root-unit.ts';
import { until } from '../support/until.ts';

const skip = needsMachine;
const preload = 'test/support/crash-at.mjs';
const migration = ['migrate', '--sudo'];

/** Kills the CLI before its Nth change; with 0 it only counts them, into `count` in bob's home. */
const crashing = (at: number) => ({
  NODE_OPTIONS: `--import=/opt/memoryd/${preload}`,
  MEMORYD_CRASH_AT: String(at),
  MEMORYD_CRASH_COUNT: '/home/bob/count',
});

/** Back to where nothing was migrated yet. */
async function reset({ machine, cli, port }: Scene): Promise<void> {
  await cli.must(['uninstall', 'mneme-server']);
  await machine.must(['rm', '-rf', '/home/bob/.mneme-server', '/home/bob/.local/state/memoryd/migrations']);
  await setUp(machine, port);
}

/** The migration killed before every `of`th change, from the `part`th on. */
const killedAt = (part: number, of: number) =>
  withUnit(
    async (scene) => {
      const { machine, cli, port, hashes } = scene;
      const before = await hashes('/root/.mneme-server');
      await cli.must(migration, { env: crashing(0) });
      const changes = Number(await machine.must(['cat', '/home/bob/count']));
      assert.ok(changes > 50, `only ${changes} changes`);
      for (let at = part; at <= changes; at += of) {
        await reset(scene);
        await cli.run(migration, { env: crashing(at) });
        assert.equal(await hashes('/root/.mneme-server'), before, `killed before change ${at} of ${changes}`);
        const { code, stdout, stderr } = await cli.run(migration);
        assert.equal(code, 0, `killed before change ${at} of ${changes}: ${stdout}${stderr}`);
        await until('it answers', async () => (await whoAnswers(port)) === 'memoryd');
        await assertMigrated(scene, before);
      }
    },
    [preload],
  );

for (const part of [1, 2, 3, 4]) {
  test(
    `X07 a migration killed with -9 at any step converges in the next run, and no data are lost (${part} of 4)`,
    { skip },
    () => killedAt(part, 4),
  );
}
