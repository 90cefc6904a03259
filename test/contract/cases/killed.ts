import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rebuild } from '../../support/cli.ts';
import { repository } from '../../support/lab.ts';
import type { Case } from '../case.ts';
import type { Service, Verb } from '../service.ts';

/** test/chaos kills at every point, on systemd. MEMORYD_CONTRACT_POINTS=all does here. */
const everyPoint = process.env.MEMORYD_CONTRACT_POINTS === 'all';
/** Each day other points between the first and the last, so that all of them have their turn. */
const today = Math.floor(Date.now() / 86_400_000);

/** The preload of test/support, which ends the CLI before one of its changes, where the user may read it. */
async function preload({ machine }: Service): Promise<string> {
  const path = join(machine.home, 'crash-at.mjs');
  await machine.write(path, await readFile(join(repository, 'test/support/crash-at.mjs'), 'utf8'));
  return `--import=${pathToFileURL(path).href}`;
}

/** How many journal records and manager commands a command makes from where things are now. */
async function countPoints(service: Service, verb: Verb): Promise<number> {
  const countFile = join(service.machine.home, 'count');
  const env = {
    NODE_OPTIONS: await preload(service),
    MEMORYD_CRASH_AT: '0',
    MEMORYD_CRASH_COUNT: countFile,
  };
  const { code, stderr } = await service.run(verb, [], { env });
  assert.equal(code, 0, stderr);
  return Number(await readFile(countFile, 'utf8'));
}

/** Runs a command that is killed before its Nth change. Looking a varying number of times, it may come to fewer. */
async function killedAt(service: Service, verb: Verb, at: number): Promise<void> {
  const env = { NODE_OPTIONS: await preload(service), MEMORYD_CRASH_AT: String(at) };
  const ended = await service.run(verb, [], { env }).catch((error: Error) => error.message);
  if (typeof ended === 'string') assert.match(ended, /"signal":"SIGKILL"/);
  // TerminateProcess leaves an exit code, and no word.
  else if (ended.code !== 0) assert.deepEqual([process.platform, ended.stderr], ['win32', '']);
}

/** The points of 1…count that a run tries: the first, the last and two between them. */
function points(count: number): number[] {
  if (everyPoint) return Array.from({ length: count }, (_, i) => i + 1);
  const between = Math.max(0, count - 2);
  const middle = [today, today + Math.floor(between / 2)].map((day) => 2 + (day % Math.max(1, between)));
  return [...new Set([1, ...(between > 0 ? middle : []), count])];
}

export const killedCases: Case[] = [
  {
    name: 'X07 an install killed at a sample of its steps converges in the next run',
    async run(service) {
      const count = await countPoints(service, 'install');
      assert.ok(count > 15, `only ${count} points`);
      for (const at of points(count)) {
        await service.must('uninstall');
        await killedAt(service, 'install', at);
        await service.install();
        await service.assertWell(`killed before change ${at} of ${count}`);
      }
    },
  },
  {
    name: 'X06 X07 an upgrade killed at a sample of its steps converges in the next run',
    async run(service) {
      const { program } = service.machine;
      await service.install();
      await rebuild(program, 'aaaa0000');
      const count = await countPoints(service, 'install');
      assert.ok(count > 8, `only ${count} points`);
      for (const at of points(count)) {
        const id = await rebuild(program, (0xaaaa0000 + at).toString(16));
        await killedAt(service, 'install', at);
        await service.install();
        await service.assertWell(`killed before change ${at} of ${count}`);
        assert.equal((await service.status()).endpoint?.build, id);
      }
    },
  },
  {
    name: 'X07 an uninstall killed at a sample of its steps is finished by the next run',
    async run(service) {
      await service.install();
      const count = await countPoints(service, 'uninstall');
      assert.ok(count > 5, `only ${count} points`);
      for (const at of points(count)) {
        await service.install();
        await killedAt(service, 'uninstall', at);
        const { code, stderr } = await service.run('uninstall');
        assert.ok(code === 0 || code === 4, `killed before change ${at} of ${count}: exit ${code} ${stderr}`);
        await service.assertNothingRuns();
        assert.equal(await service.machine.isRegistered(), false);
        assert.equal((await service.run('status')).code, 4);
      }
    },
  },
];
