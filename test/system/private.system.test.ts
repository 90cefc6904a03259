import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import test from 'node:test';
import { createFixture } from 'fs-fixture';
import { systemExec } from '../../src/system/exec.ts';
import { makePrivate } from '../../src/system/private.ts';
import { realSystem, type System } from '../../src/system/system.ts';
import { startWindows } from '../simulators/windows/index.ts';

test('a directory is closed by its mode where modes count', {
  skip: process.platform === 'win32' && 'needs POSIX modes',
}, async () => {
  await using fixture = await createFixture({ 'open/file': '' });
  await makePrivate(realSystem(), [fixture.getPath('open')]);
  assert.equal((await stat(fixture.getPath('open'))).mode & 0o777, 0o700);
});

async function onWindows(
  work: (system: System, machine: Awaited<ReturnType<typeof startWindows>>, dir: string) => Promise<void>,
) {
  await using fixture = await createFixture({ 'private/file': '' });
  const machine = await startWindows({ dir: fixture.getPath('windows'), locale: 'de' });
  const exec = {
    ...systemExec,
    run: (argv: Parameters<typeof systemExec.run>[0]) => systemExec.run(argv, { env: machine.env }),
  };
  try {
    await work({ ...realSystem(), platform: 'win32', exec }, machine, fixture.getPath('private'));
  } finally {
    await machine.stop();
  }
}

test('on Windows it is closed by SID, inherited by what lies in it, nothing else left', async () => {
  await onWindows(async (system, machine, dir) => {
    machine.access.set(dir, ['*S-1-1-0:(F)']);
    await makePrivate(system, [dir]);
    assert.deepEqual(machine.access.get(dir), [`*${machine.sid}:(OI)(CI)(F)`, '*S-1-5-18:(OI)(CI)(F)']);
    const calls = machine.calls().filter(({ tool }) => tool === 'icacls');
    assert.deepEqual(
      calls.map(({ args }) => args.slice(1, 3)),
      [['/reset'], ['/inheritance:r', '/grant:r']],
    );
  });
});

test('a refusal is an error with exit code 77, and says for which directory', async () => {
  await onWindows(async (system, machine, dir) => {
    machine.fault({ tool: 'icacls', verb: '/grant:r', effect: 5 });
    await assert.rejects(makePrivate(system, [dir]), (error: Error & { exitCode: number }) => {
      assert.equal(error.exitCode, 77);
      assert.ok(error.message.includes(dir));
      return true;
    });
  });
});
