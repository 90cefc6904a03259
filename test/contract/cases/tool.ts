import assert from 'node:assert/strict';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repository } from '../../support/lab.ts';
import type { Case } from '../case.ts';
import type { Service } from '../service.ts';
import { changedSince, snapshot } from '../snapshot.ts';

/** The commands that `memoryd status --json …` runs. */
async function spawned(service: Service, ...args: string[]): Promise<string[]> {
  const { home } = service.machine;
  const path = join(home, 'log-spawns.mjs');
  await service.machine.write(path, await readFile(join(repository, 'test/support/log-spawns.mjs'), 'utf8'));
  const list = join(home, 'spawned');
  await rm(list, { force: true });
  const env = { NODE_OPTIONS: `--import=${pathToFileURL(path).href}`, MEMORYD_SPAWNS: list };
  await service.run('status', ['--json', ...args], { env });
  return (await readFile(list, 'utf8')).split('\n').filter(Boolean);
}

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
  {
    name: 'status asks the manager once at most, and nobody with --fast',
    async run(service) {
      await service.install();
      assert.ok((await spawned(service)).length <= 1, 'while it runs');
      assert.deepEqual(await spawned(service, '--fast'), [], 'while it runs, with --fast');
      await service.must('stop');
      // Where it does not run, older services are looked for, too: the rest is about them.
      const about = (await spawned(service)).filter((line) => line.includes(service.name));
      assert.ok(about.length <= 1, about.join('; '));
      assert.deepEqual(await spawned(service, '--fast'), [], 'while it is stopped, with --fast');
    },
  },
];
