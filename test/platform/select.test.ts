import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Backend } from '../../src/platform/backend.ts';
import { selectBackend } from '../../src/platform/select.ts';
import type { ExecResult } from '../../src/system/exec.ts';
import type { Inspection } from '../../src/system/files.ts';
import { usualRoots } from '../../src/system/roots.ts';
import { realSystem, type System } from '../../src/system/system.ts';

const nameOf = async ({ name }: Backend) => name;

/** A Linux of alice's that was booted with systemd or not, with whatever systemctl answers. */
function linux(booted: boolean, systemctl: ExecResult): System {
  const real = realSystem();
  const inspect = async (path: string): Promise<Inspection> =>
    path === '/run/systemd/system' && booted ? real.files.inspect('/') : { kind: 'absent' };
  return {
    ...real,
    platform: 'linux',
    env: {},
    user: { name: 'alice', uid: 1000, home: '/home/alice' },
    files: { ...real.files, inspect },
    exec: { ...real.exec, run: async () => systemctl },
  };
}

const roots = usualRoots('linux', '/home/alice');
const missing: ExecResult = { kind: 'missing', command: 'systemctl' };
const refused: ExecResult = { kind: 'exited', code: 1, stdout: '', stderr: '', bytes: new Uint8Array() };

const without: [string, System][] = [
  ['L19 no systemd at all (Alpine, Void, Devuan, containers)', linux(false, missing)],
  ['L18 a systemd that this machine was not booted with (WSL)', linux(false, refused)],
  ['L19 booted with systemd, and no systemctl', linux(true, missing)],
];
for (const [what, system] of without) {
  test(`${what}: standalone stands in, unless systemd was asked for`, async () => {
    const { backend, seen } = await selectBackend(system, roots, undefined, nameOf);
    assert.deepEqual([backend.name, seen], ['standalone', 'standalone']);
    await assert.rejects(selectBackend(system, roots, 'systemd', nameOf), {
      kind: 'no-manager',
      exitCode: 69,
    });
  });
}

test('L01 a user manager that refuses for now is not replaced behind the user’s back', async () => {
  await assert.rejects(selectBackend(linux(true, refused), roots, undefined, nameOf), {
    kind: 'no-manager',
    hint: 'sudo loginctl enable-linger alice',
  });
});
