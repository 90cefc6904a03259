import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { createFixture } from 'fs-fixture';
import { apply } from '../../src/install/apply.ts';
import { Journal } from '../../src/install/journal.ts';
import { stepContext } from '../../src/install/service-lock.ts';
import { type Roots, servicePaths } from '../../src/layout.ts';
import type { Backend } from '../../src/platform/backend.ts';
import type { Plan } from '../../src/service/step.ts';
import { systemExec } from '../../src/system/exec.ts';
import { realSystem, type System } from '../../src/system/system.ts';
import { startWindows, type Windows } from '../simulators/windows/index.ts';

interface Machine {
  windows: Windows;
  roots: Roots;
  token: string;
  /** Every path that was written to, and the access list that its root had at that moment. */
  written: [path: string, access: string[] | undefined][];
  install(): Promise<void>;
}

/** An install whose only step writes a token, on a machine that says it is `platform`. */
async function onMachine(platform: NodeJS.Platform, work: (machine: Machine) => Promise<void>) {
  await using fixture = await createFixture({ home: {} });
  const windows = await startWindows({ dir: fixture.getPath('windows') });
  const home = (name: string) => fixture.getPath('home', name);
  const roots = { config: home('c'), data: home('d'), state: home('d/state'), logs: home('l') };
  const real = realSystem();
  const written: Machine['written'] = [];
  const system: System = {
    ...real,
    platform,
    env: { ...windows.env, LOCALAPPDATA: home('local') },
    exec: { ...systemExec, run: (argv) => systemExec.run(argv, { env: windows.env }) },
    files: {
      ...real.files,
      async write(path, content, mode) {
        const root = Object.values(roots).findLast((one) => path.startsWith(`${one}/`));
        written.push([path, windows.access.get(root ?? '')]);
        await real.files.write(path, content, mode);
      },
    },
  };
  const paths = servicePaths(roots, 'memory');
  const machine = { system, roots, usualRoots: () => roots, configHome: home('config') };
  const backend = { name: 'task-scheduler' } as Backend;
  const step = {
    kind: 'write',
    path: paths.token,
    content: 't',
    encoding: 'utf8',
    mode: 0o600,
    why: '',
  } as const;
  const plan: Plan = { command: 'install', service: 'memory', steps: [step], onInterrupt: 'undo' };
  const journal = new Journal(paths.journal);
  const install = () => apply(plan, stepContext({ machine, service: 'memory', paths, journal }, backend));
  try {
    await work({ windows, roots, token: paths.token, written, install });
  } finally {
    await windows.stop();
  }
}

test('on Windows every directory of ours is closed before an install writes into it', async () => {
  await onMachine('win32', async ({ windows, roots, token, written, install }) => {
    await install();
    const closed = [`*${windows.sid}:(OI)(CI)(F)`, '*S-1-5-18:(OI)(CI)(F)'];
    assert.deepEqual(written, [[token, closed]]);
    const runtime = join(roots.config, '..', 'local', 'memoryd', 'run');
    for (const directory of [...Object.values(roots), runtime])
      assert.deepEqual(windows.access.get(directory), closed, directory);
  });
});

test('on Windows nothing is written where it cannot be closed', async () => {
  await onMachine('win32', async ({ windows, roots, token, written, install }) => {
    windows.fault({ tool: 'icacls', verb: '/grant:r', effect: 5 });
    await assert.rejects(install(), { kind: 'permission', exitCode: 77 });
    assert.deepEqual(written, []);
    assert.equal(existsSync(token), false);
    assert.equal(existsSync(servicePaths(roots, 'memory').journal), false);
  });
});

test('elsewhere modes do that, and no tool is asked', async () => {
  await onMachine('linux', async ({ windows, token, written, install }) => {
    await install();
    assert.deepEqual(
      written.map(([path]) => path),
      [token],
    );
    assert.deepEqual(windows.calls(), []);
  });
});
