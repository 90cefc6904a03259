import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repository } from '../../support/lab.ts';
import { killAll } from '../../support/processes.ts';
import { breakDaemon } from '../break-daemon.ts';
import type { Case } from '../case.ts';
import type { Service } from '../service.ts';

interface Asked {
  /** Every command that the CLI ran, whatever it is for. */
  spawned: string[];
  /** What was asked of the manager about this service. */
  manager: string[];
}

/** macOS tells when a process began through ps alone. */
const isLookAtProcess = (line: string): boolean => line.startsWith('/bin/ps ');

/** Where it does not run, older services are looked for, too: those commands name other things. */
const isAbout = (line: string, service: string): boolean =>
  line.includes(service) || /^launchctl print \w+\/\d+$/.test(line);

/** Runs `memoryd status --json …` and gives what it asked: by the manager's own journal, where there is one. */
async function ask(service: Service, ...args: string[]): Promise<Asked> {
  const { machine, name } = service;
  const preload = join(machine.home, 'log-spawns.mjs');
  await machine.write(preload, await readFile(join(repository, 'test/support/log-spawns.mjs'), 'utf8'));
  const list = join(machine.home, 'spawned');
  await rm(list, { force: true });
  const before = (await machine.calls?.())?.length;
  const env = { NODE_OPTIONS: `--import=${pathToFileURL(preload).href}`, MEMORYD_SPAWNS: list };
  await service.run('status', ['--json', ...args], { env });
  const lines = (await readFile(list, 'utf8')).split('\n').filter(Boolean);
  const spawned = lines.filter((line) => !isLookAtProcess(line));
  const journal = (await machine.calls?.())?.slice(before);
  return { spawned, manager: journal ?? spawned.filter((line) => isAbout(line, name)) };
}

async function assertAskedOnce(service: Service, when: string, most = 1): Promise<void> {
  const { manager } = await ask(service);
  assert.ok(manager.length <= most, `${when}: ${manager.join('; ')}`);
  const fast = await ask(service, '--fast');
  assert.deepEqual(fast, { spawned: [], manager: [] }, `${when}, with --fast`);
}

export const questionCases: Case[] = [
  {
    name: 'status asks the manager once at most, in every state, and nobody with --fast',
    async run(service) {
      await assertAskedOnce(service, 'not installed');
      await service.install();
      const { endpoint } = await service.answers();
      await assertAskedOnce(service, 'it answers', 0);

      await service.must('stop');
      await assertAskedOnce(service, 'stopped');
      assert.equal((await service.status()).state, 'stopped');

      await service.must('start');
      await service.machine.disable();
      await service.until('it is down', ({ state }) => state !== 'running');
      await assertAskedOnce(service, 'switched off');
      assert.equal((await service.status()).unit.enabled, 'disabled');

      await service.install();
      await breakDaemon(service);
      killAll([(await service.answers(endpoint.pid)).endpoint]);
      await service.until('it has given up', ({ state }) => state === 'failed');
      await assertAskedOnce(service, 'given up', service.world.questionsOfFailed ?? 1);
    },
  },
];
