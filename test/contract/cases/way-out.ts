import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { spoil } from '../../support/cli.ts';
import { breakDaemon } from '../break-daemon.ts';
import type { Case } from '../case.ts';
import type { Service } from '../service.ts';
import { changedSince, snapshot } from '../snapshot.ts';

const files = ({ machine }: Service) => snapshot(machine.places, machine.program);

/** Nothing runs, nothing is registered, and every file is as it was. */
async function assertGone(service: Service, before: Awaited<ReturnType<typeof files>>): Promise<void> {
  await service.assertNothingRuns();
  assert.equal(await service.machine.isRegistered(), false);
  assert.deepEqual(changedSince(before, await files(service)), []);
}

/** Unit files that were cut short: nothing in them says whose they are. */
async function loseMark(service: Service): Promise<void> {
  for (const { path } of (await service.receipt()).units) await writeFile(path, '# cut short\n');
}

export const wayOutCases: Case[] = [
  {
    name: 'N01 an install that fails, and whose undo cannot start what ran before, bars neither stop nor uninstall',
    async run(service) {
      const before = await files(service);
      const definition = { schema: 1, name: service.name, startTimeoutSecs: 5, stopTimeoutSecs: 2 };
      await service.machine.write(service.paths.definition, JSON.stringify(definition), 0o600);
      await service.install();
      await breakDaemon(service);
      await spoil(service.machine.program, "console.error('no such option');process.exit(78)");
      const { code, stderr } = await service.run('install');
      assert.equal(code, 1, stderr);
      await service.must('stop');
      assert.equal((await service.run('status')).code, 3);
      await service.must('uninstall', '--purge', '--yes');
      await assertGone(service, before);
    },
  },
  {
    name: 'N05 a unit that lost our mark is ours by the receipt: an install repairs it, an uninstall removes it',
    async run(service) {
      const before = await files(service);
      await service.install();
      await loseMark(service);
      assert.equal((await service.install()).changed, true);
      await service.assertWell();
      await loseMark(service);
      await service.must('stop');
      await service.must('uninstall', '--purge', '--yes');
      await assertGone(service, before);
    },
  },
];
