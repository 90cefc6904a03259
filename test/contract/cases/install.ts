import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { freePort } from '../../support/host-home.ts';
import type { Case } from '../case.ts';
import type { Service } from '../service.ts';
import { changedSince, snapshot } from '../snapshot.ts';

const files = ({ machine }: Service) => snapshot(machine.places, machine.program);

export const installCases: Case[] = [
  {
    name: 'L04 M05 an install ends when the daemon answers, and says where',
    async run(service) {
      assert.equal((await service.status()).state, 'not-installed');
      const { port, changed } = await service.install();
      assert.equal(changed, true);
      const status = await service.status();
      assert.equal(status.state, 'running');
      assert.equal(status.backend, service.world.backend);
      assert.equal(status.endpoint?.port, port);
      assert.notEqual(status.unit.enabled, 'disabled');
      assert.ok((await fetch(`http://127.0.0.1:${port}/health`)).ok);
      await service.assertWell();
    },
  },
  {
    name: 'L11 installing again with nothing changed writes nothing and restarts nothing',
    keepsInstall: true,
    async run(service) {
      await service.install();
      const { endpoint } = await service.answers();
      const before = await files(service);
      const { changed } = await service.install();
      assert.equal(changed, false);
      assert.deepEqual(changedSince(before, await files(service)), []);
      assert.equal((await service.status()).endpoint?.pid, endpoint.pid);
    },
  },
  {
    name: 'a changed definition takes effect, and nothing of the old one stays',
    async run(service) {
      await service.install();
      const before = await service.receipt();
      const port = await freePort();
      assert.equal((await service.install('--port', String(port))).port, port);
      assert.ok((await fetch(`http://127.0.0.1:${port}/health`)).ok);
      await assert.rejects(fetch(`http://127.0.0.1:${before.port}/health`), 'the old port is still open');
      await service.assertWell();

      await service.install('--no-login');
      const after = await service.receipt();
      const kept = new Set(after.units.map(({ path }) => path));
      const left = before.units.map(({ path }) => path).filter((path) => !kept.has(path) && existsSync(path));
      assert.deepEqual(left, []);
      await service.must('stop');
      assert.equal((await service.status()).unit.enabled, 'disabled');
      await service.must('start');
      assert.deepEqual((await service.answers()).notes, []);
      assert.equal((await service.install()).changed, false);
    },
  },
  {
    name: 'X09 two installs at once both succeed, and one daemon runs',
    async run(service) {
      const both = await Promise.all([service.run('install'), service.run('install')]);
      assert.deepEqual(
        both.map(({ code }) => code),
        [0, 0],
        both.map(({ stderr }) => stderr).join(),
      );
      await service.assertWell();
    },
  },
  {
    name: 'X08 an invalid definition is refused with 78, and what runs is left alone',
    async run(service) {
      await service.install();
      const { endpoint } = await service.answers();
      await writeFile(service.paths.definition, `{"schema":1,"name":"${service.name}","prot":1}`);
      const { code, stderr } = await service.run('install');
      assert.equal(code, 78);
      assert.match(stderr, /prot/);
      assert.equal((await service.status()).endpoint?.pid, endpoint.pid);
    },
  },
  {
    name: 'W20 M02 an uninstall leaves nothing: no process, no registration, no file; a second one says so',
    async run(service) {
      const before = await files(service);
      await service.install();
      await service.must('uninstall');
      await service.assertNothingRuns();
      assert.equal(await service.machine.isRegistered(), false);
      assert.deepEqual(changedSince(before, await files(service)), []);
      assert.equal((await service.run('status')).code, 4);
      assert.equal((await service.run('uninstall')).code, 4);
      await service.install();
      await service.assertWell('installed once more');
    },
  },
];
