import assert from 'node:assert/strict';
import { killAll } from '../../support/processes.ts';
import { breakDaemon } from '../break-daemon.ts';
import type { Case } from '../case.ts';

export const runningCases: Case[] = [
  {
    name: 'X02 stop, start and restart do what they say, and say it when it is so',
    keepsInstall: true,
    async run(service) {
      await service.install();
      const first = await service.answers();
      await service.must('stop');
      await assert.rejects(fetch(`${first.endpoint.url}/health`), 'the port is still open');
      await service.assertNothingRuns();
      const stopped = await service.run('status', ['--json']);
      assert.equal(stopped.code, 3);
      assert.equal((await service.status()).state, 'stopped');
      await service.must('stop');

      await service.must('start');
      const second = await service.status();
      assert.equal(second.healthy, true);
      assert.equal(second.endpoint?.port, first.endpoint.port);
      await service.must('start');
      assert.equal((await service.status()).endpoint?.pid, second.endpoint?.pid, 'started twice');

      await service.must('restart');
      const third = await service.status();
      assert.equal(third.healthy, true);
      assert.notEqual(third.endpoint?.pid, second.endpoint?.pid);
      await service.assertWell();
    },
  },
  {
    name: 'M09 W13 killed, it answers again by itself, and the restart is counted',
    async run(service) {
      await service.install();
      const { endpoint } = await service.answers();
      killAll([endpoint]);
      const again = await service.answers(endpoint.pid);
      assert.equal(again.restarts, 1);
      assert.equal(again.endpoint.port, endpoint.port);
      await service.assertWell();
    },
  },
  {
    name: 'L05 L07 M10 a crash loop ends, its reason is shown, and a start on purpose tries again',
    async run(service) {
      await service.install();
      const { endpoint } = await service.answers();
      const mend = await breakDaemon(service);
      killAll([endpoint]);
      const status = await service.until(
        'it has given up',
        ({ state, reason }) => state === 'failed' && /ended badly/.test(reason ?? ''),
      );
      assert.match(status.reason ?? '', /ended badly \d+ times.*broken on purpose/);
      assert.equal((await service.run('status')).code, 3);
      await mend();
      await service.must('start');
      await service.assertWell();
    },
  },
  {
    name: 'L17 M12 its log can be read with no other tool, and holds what a start said',
    keepsInstall: true,
    async run(service) {
      await service.install();
      const { endpoint } = await service.answers();
      assert.ok((await service.logs()).includes(String(endpoint.pid)), await service.logs());
    },
  },
];
