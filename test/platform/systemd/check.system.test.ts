import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import which from 'which';
import { MemorydError } from '../../../src/errors.ts';
import { check } from '../../../src/platform/systemd/check.ts';
import { renderUnits } from '../../../src/platform/systemd/render.ts';
import { realSystem, type System } from '../../../src/system/system.ts';
import { unitSpec } from './unit-spec.ts';

const skip = which.sync('systemd-analyze', { nothrow: true }) === null ? 'needs systemd-analyze' : false;
const alice = { name: 'alice', uid: 1000, home: '/home/alice' };
const units = renderUnits(unitSpec(alice), []);

/** The real tools, and what they said. */
function recording(): { system: System; said: string[] } {
  const system = realSystem();
  const said: string[] = [];
  const run: System['exec']['run'] = async (argv, options) => {
    const result = await system.exec.run(argv, options);
    if (result.kind === 'exited') said.push(result.stdout, result.stderr);
    return result;
  };
  return { system: { ...system, exec: { ...system.exec, run } }, said };
}

// A place of our own: others check units at the same time.
process.env.TMPDIR = mkdtempSync(join(tmpdir(), 'memoryd-check-test-'));
after(() => rmSync(tmpdir(), { recursive: true }));

const left = () => readdirSync(tmpdir());

test('systemd has nothing to say about our units, though their program is not there yet', {
  skip,
}, async () => {
  const { system, said } = recording();
  await check(system, units);
  assert.equal(said.join(''), '');
});

test('what keeps a unit from starting is rejected in the words of systemd, and nothing is left behind (X08)', {
  skip,
}, async () => {
  const { system } = recording();
  const broken = units.map((unit) => ({
    ...unit,
    content: unit.content.replace(/^ExecStart=.*$/m, 'ExecStart="a\\b"'),
  }));
  const noPort = units.map((unit) => ({
    ...unit,
    content: unit.content.replace(/^ListenStream=.*$/m, 'ListenStream=127.0.0.1:0'),
  }));
  for (const [bad, words] of [
    [broken, /special characters/],
    [noPort, /Listen/],
  ] as const) {
    await assert.rejects(check(system, bad), (error) => {
      assert.ok(error instanceof MemorydError);
      assert.match(error.words ?? '', words);
      return error.kind === 'failed';
    });
  }
  assert.deepEqual(left(), []);
});

test('what a killed check has left is removed by the next, and nothing of one that runs', async () => {
  const system = realSystem();
  const run: System['exec']['run'] = async ([command]) => ({ kind: 'missing', command });
  // No process has this number: the kernel's greatest is 4,194,304.
  for (const name of ['memoryd-check-4194305-a', `memoryd-check-${process.ppid}-b`, 'memoryd-check-c']) {
    mkdirSync(join(tmpdir(), name, 'x.service.d'), { recursive: true });
  }
  await check({ ...system, exec: { ...system.exec, run } }, units);
  const kept = [`memoryd-check-${process.ppid}-b`, 'memoryd-check-c'];
  assert.deepEqual(left().sort(), kept.sort());
  for (const name of kept) rmSync(join(tmpdir(), name), { recursive: true });
});

test('a machine without systemd-analyze checks nothing', async () => {
  const system = realSystem();
  const run: System['exec']['run'] = async ([command]) => ({ kind: 'missing', command });
  await check({ ...system, exec: { ...system.exec, run } }, units);
});

test('a strict sandbox that the machine refuses is bad configuration', async () => {
  const system = realSystem();
  const run: System['exec']['run'] = async ([command]) => {
    const code = command === 'systemd-run' ? 226 : 0;
    return { kind: 'exited', code, stdout: '', stderr: '', bytes: new Uint8Array() };
  };
  const refusing = { ...system, exec: { ...system.exec, run } };
  const strict = renderUnits(unitSpec(alice, { sandbox: 'strict' }), []);
  await assert.rejects(
    check(refusing, strict),
    (error) => error instanceof MemorydError && error.exitCode === 78,
  );
  await check(refusing, units);
});
