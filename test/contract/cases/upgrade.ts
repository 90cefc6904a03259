import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { cliIn, rebuild, spoil } from '../../support/cli.ts';
import { killAll } from '../../support/processes.ts';
import { until } from '../../support/until.ts';
import type { Case } from '../case.ts';
import { patienceMs, type Service } from '../service.ts';

/** Impatient, so that a daemon that never answers is given up on soon. */
async function define(service: Service): Promise<void> {
  const definition = { schema: 1, name: service.name, startTimeoutSecs: 6, stopTimeoutSecs: 2 };
  await service.machine.write(service.paths.definition, JSON.stringify(definition), 0o600);
}

const failures: [string, string][] = [
  ['exits with 78', "console.error('no such option');process.exit(78)"],
  ['exits with 1, again and again', "console.error('no such option');process.exit(1)"],
  ['never answers', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)),0,0)'],
];

export const upgradeCases: Case[] = [
  {
    name: 'L10 M07 what installed it may go: it starts from copies of its own, and they can do all that it could',
    async run(service) {
      const { machine } = service;
      await service.install();
      const { endpoint } = await service.answers();
      const { app, units } = await service.receipt();
      for (const { content } of units) assert.ok(!content.includes(machine.program), content);
      await rm(machine.program, { recursive: true });
      killAll([endpoint]);
      const own = cliIn(machine.runner, app);
      await until('it answers', async () => (await own.status(service.name)).healthy, patienceMs);
      await own.must(['restart', service.name]);
      const { stdout } = await own.run(['install', service.name, '--json']);
      assert.equal((JSON.parse(stdout) as { changed: boolean }).changed, false);
    },
  },
  {
    name: 'X06 W18 L13 M07 an upgrade runs the new build on the same port and keeps the old one for the way back',
    async run(service) {
      const { port } = await service.install();
      const before = await service.receipt();
      await rebuild(service.machine.program, 'feedface');
      const { notes } = await service.status();
      assert.ok(
        notes.some(({ text }) => text.includes('feedface')),
        'the difference is not reported',
      );
      await service.install();
      const { endpoint } = await service.answers();
      assert.equal(endpoint.build, 'feedface');
      assert.equal(endpoint.port, port);
      assert.ok(existsSync(before.app), 'the old copy is gone');
      await service.assertWell();
    },
  },
  ...failures.map(
    ([what, instead]): Case => ({
      name: `X06 X07 an upgrade to a build that ${what} fails, and what ran before runs`,
      async run(service) {
        await define(service);
        await service.install();
        const before = await service.receipt();
        await spoil(service.machine.program, instead);
        const { code, stderr } = await service.run('install');
        assert.equal(code, 1, stderr);
        assert.match(stderr, /memoryd: .+/);
        const { endpoint, unit } = await service.answers();
        assert.equal(endpoint.build, before.build);
        assert.equal(endpoint.port, before.port);
        assert.equal(unit.drift, 'none');
        assert.deepEqual(await service.strangers(), [], 'something of the failed build still runs');
      },
    }),
  ),
];
