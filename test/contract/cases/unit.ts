import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { decode } from '../../../src/install/observe-files.ts';
import { encode } from '../../../src/install/steps/file.ts';
import { systemFiles } from '../../../src/system/files.ts';
import type { Case } from '../case.ts';
import type { Service } from '../service.ts';

/** Edits the first unit file in place, in the encoding it has. */
async function editUnit(service: Service): Promise<void> {
  const [{ path = '' } = {}] = (await service.receipt()).units;
  const read = await systemFiles.read(path);
  assert.equal(read.kind, 'content');
  const before = decode(read.bytes);
  const after = service.machine.edit(before);
  assert.notEqual(after, before);
  const wide = read.bytes[0] === 0xff;
  await writeFile(path, encode(after, wide ? 'utf16le-bom' : 'utf8'));
}

const repairs = async (service: Service): Promise<void> => {
  assert.equal((await service.install()).changed, true);
  await service.assertWell('after the repair');
};

export const unitCases: Case[] = [
  {
    name: 'L11 W12 an edited unit file is reported, and an install puts it right',
    keepsInstall: true,
    async run(service) {
      await service.install();
      await editUnit(service);
      const { unit, notes } = await service.status();
      assert.equal(unit.drift, 'changed');
      assert.ok(notes.some(({ hint }) => hint?.startsWith(`memoryd install ${service.name}`)));
      await repairs(service);
    },
  },
  {
    name: 'L10 unit files that are lost while it runs are reported, and an install writes them again',
    keepsInstall: true,
    async run(service) {
      await service.install();
      for (const { path } of (await service.receipt()).units) await rm(path);
      const status = await service.status();
      assert.equal(status.state, 'running');
      assert.equal(status.unit.drift, 'missing');
      assert.ok(status.notes.some(({ hint }) => hint === `memoryd install ${service.name}`));
      await repairs(service);
    },
  },
  {
    name: 'a registration that is lost is reported, and an install repairs it',
    keepsInstall: true,
    async run(service) {
      await service.install();
      await service.machine.loseUnit();
      assert.equal(await service.machine.isRegistered(), false);
      const status = await service.status();
      assert.equal(status.state, 'stopped');
      assert.ok(status.notes.some(({ hint }) => hint === `memoryd install ${service.name}`));
      await repairs(service);
    },
  },
  {
    name: 'M02 what the user switched off is reported as that, and an install switches it on',
    async run(service) {
      await service.install();
      await service.machine.disable();
      const status = await service.until('it is down', ({ state }) => state !== 'running');
      assert.equal(status.unit.enabled, 'disabled');
      assert.ok(status.notes.some(({ text }) => /does not start at login/.test(text)));
      await repairs(service);
      await service.must('stop');
      assert.notEqual((await service.status()).unit.enabled, 'disabled');
    },
  },
  {
    name: 'L06 M14 W20 something of the same name that is not ours is refused by name, and not touched',
    async run(service) {
      const isUntouched = await service.machine.plantForeignUnit();
      const { code, stderr } = await service.run('install');
      assert.equal(code, 78, stderr);
      assert.match(stderr, /is not ours/);
      const status = await service.status();
      assert.equal(status.state, 'foreign');
      assert.notEqual(status.reason, null);
      assert.deepEqual(await service.running(), []);
      assert.equal(await isUntouched(), true);
      assert.equal((await service.run('start')).code, 4);
      assert.equal(await isUntouched(), true);
    },
  },
];
