import assert from 'node:assert/strict';
import type { Case } from '../case.ts';

export const sessionCases: Case[] = [
  {
    name: 'L03 after logging out and in again it answers',
    keepsInstall: true,
    needs: 'relogin',
    async run(service) {
      const { port } = await service.install();
      await service.machine.relogin();
      const { endpoint } = await service.answers();
      assert.equal(endpoint.port, port);
      await service.assertWell();
    },
  },
  {
    name: 'W13 after a power cut and the next login it answers',
    keepsInstall: true,
    needs: 'reboot',
    async run(service) {
      const { port } = await service.install();
      await service.machine.reboot();
      const { endpoint } = await service.answers();
      assert.equal(endpoint.port, port);
      await service.assertWell();
    },
  },
  {
    name: 'W14 what is not to start at login stays down after a power cut and the next login',
    needs: 'reboot',
    async run(service) {
      await service.install('--no-login');
      await service.machine.reboot();
      assert.deepEqual(await service.running(), []);
      assert.equal((await service.run('status')).code, 3);
      await service.must('start');
      await service.answers();
    },
  },
];
