import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
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

/** Runs an install that must fail with 69 and name the tool, and looks that nothing is left half done. */
async function assertRefused(service: Service, PATH: string): Promise<void> {
  const { machine, world } = service;
  const before = await snapshot(machine.places, machine.program);
  const { code, stderr } = await service.run('install', [], { env: { PATH } });
  if (world.tool === undefined) {
    assert.equal(code, 0, stderr);
    return service.assertWell('there is no tool that it needs');
  }
  assert.equal(code, 69, stderr);
  assert.match(stderr, /^memoryd: \S.+/);
  assert.deepEqual(changedSince(before, await snapshot(machine.places, machine.program)), []);
  assert.equal((await service.run('status')).code, 4);
  await service.install();
  await service.assertWell('once the tool is there');
}

export const toolCases: Case[] = [
  {
    name: 'W19 a manager that never answers: given up on with 69, nothing half done',
    needs: 'toolTrouble',
    run: async (service) => assertRefused(service, `${await hangingTools(service)}:${service.machine.path}`),
  },
  {
    name: 'L19 a manager whose tool is missing: 69, nothing half done',
    needs: 'toolTrouble',
    async run(service) {
      const nothing = join(service.machine.home, 'nothing');
      await mkdir(nothing);
      await assertRefused(service, nothing);
    },
  },
];
