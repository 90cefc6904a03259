import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServiceStatus } from '../../../src/service/status.ts';
import type { Case } from '../case.ts';
import type { Service } from '../service.ts';
import { changedSince, snapshot } from '../snapshot.ts';

/** A directory for the PATH in which every tool that a backend may ask never answers. */
async function hangingTools({ machine, world }: Service): Promise<string> {
  const directory = join(machine.home, 'hanging');
  for (const tool of [world.tool ?? 'crontab']) {
    await machine.write(join(directory, tool), '#!/bin/sh\nexec sleep 600\n', 0o755);
  }
  return directory;
}

/**
 * Runs an install that must fail with 69 and name the tool, and looks that nothing is left half done. A backend that can
 * do without its tool notes what is missing (N43).
 */
async function assertRefused(service: Service, PATH: string, noted: readonly RegExp[] = []): Promise<void> {
  const { machine, world } = service;
  const before = await snapshot(machine.places, machine.program);
  const { code, stderr } = await service.run('install', [], { env: { PATH } });
  if (world.tool === undefined) {
    assert.equal(code, 0, stderr);
    return service.assertWell('there is no tool that it needs', noted);
  }
  assert.equal(code, 69, stderr);
  assert.match(stderr, /^memoryd: \S.+/);
  assert.deepEqual(changedSince(before, await snapshot(machine.places, machine.program)), []);
  assert.equal((await service.run('status')).code, 4);
  await service.install();
  await service.assertWell('once the tool is there');
}

/** A PATH on which nothing is found. */
async function nothingAt({ machine }: Service): Promise<string> {
  const directory = join(machine.home, 'nothing');
  await mkdir(directory);
  return directory;
}

export const toolCases: Case[] = [
  {
    name: 'W19 a manager that never answers: given up on with 69, nothing half done',
    needs: 'toolTrouble',
    run: async (service) =>
      assertRefused(service, `${await hangingTools(service)}:${service.machine.path}`, [
        /does not start at boot, .*crontab.*did not answer/,
      ]),
  },
  {
    name: 'L19 a manager whose tool is missing: 69, nothing half done',
    needs: 'toolTrouble',
    async run(service) {
      await assertRefused(service, await nothingAt(service));
    },
  },
  {
    name: 'L19 a tool that goes missing later: status does not know, start and uninstall end with 69, nothing changes',
    needs: 'toolTrouble',
    async run(service) {
      await service.install();
      await service.must('stop');
      const env = { PATH: await nothingAt(service) };
      const { stdout, stderr } = await service.run('status', ['--json'], { env });
      const [seen] = (JSON.parse(stdout) as { services: ServiceStatus[] }).services;
      const { code, stderr: refused } = await service.run('start', [], { env });
      if (service.world.tool === undefined) return assert.deepEqual([seen?.state, code], ['stopped', 0]);
      assert.equal(seen?.state, 'unknown', stderr);
      assert.match(seen.reason ?? '', /\S/);
      assert.equal(code, 69, `a verb must throw no-manager: ${refused}`);
      const { code: left, stderr: kept } = await service.run('uninstall', [], { env });
      assert.equal(left, 69, `a verb must throw no-manager: ${kept}`);
      assert.equal((await service.status()).state, 'stopped');
      assert.deepEqual(await service.running(), []);
      await service.must('start');
      await service.assertWell();
    },
  },
];
