import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { createSystemdBackend } from '../../../src/platform/systemd/manager.ts';
import type { System } from '../../../src/system/system.ts';
import { freePort } from '../../support/host-home.ts';
import { needsUserManager } from '../../support/machine-needs.ts';
import { withUserManager } from '../../support/user-manager.ts';
import { unitSpec } from './unit-spec.ts';

const skip = needsUserManager;

test('L15 a unit that is not there is absent by its LoadState, and is-enabled is never asked', { skip }, () =>
  withUserManager(async ({ system, roots }) => {
    const asked: string[] = [];
    const exec: System['exec'] = {
      ...system.exec,
      run(argv, options) {
        asked.push(argv.join(' '));
        return system.exec.run(argv, options);
      },
    };
    const backend = createSystemdBackend({ ...system, exec }, roots);
    assert.deepEqual(await backend.observe('memory'), { kind: 'absent' });
    await backend.perform('stop', 'memory');
    await backend.perform('unregister', 'memory');
    await backend.perform('settle', 'memory');
    assert.ok(asked.some((line) => line.includes('show')));
    assert.deepEqual(
      asked.filter((line) => /is-enabled|is-active|status/.test(line)),
      [],
    );
  }),
);

test(
  'L20 a program that the system refuses to execute: the start fails, and SELinux is named',
  { skip },
  () =>
    withUserManager(async (user) => {
      const backend = createSystemdBackend(user.system, user.roots);
      const program = join(user.home, 'program');
      await user.write(program, '#!/bin/sh\nexec sleep 600\n', 0o644);
      for (const { path, content, mode } of await backend.render(
        unitSpec(user, { argv: [program], port: await freePort() }),
      )) {
        await user.write(path, content, mode);
      }
      await backend.perform('register', 'memory');
      await assert.rejects(backend.perform('start', 'memory'), { kind: 'failed', message: /SELinux/ });
      const unit = await backend.observe('memory');
      assert.ok(unit.kind === 'registered' && unit.lastExit?.kind === 'code');
      assert.equal(unit.lastExit.code, 203);
      assert.match(unit.lastExit.meaning ?? '', /SELinux/);
    }),
);
