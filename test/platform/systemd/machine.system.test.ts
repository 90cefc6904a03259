import assert from 'node:assert/strict';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { MemorydError } from '../../../src/errors.ts';
import { readLinger, setLinger } from '../../../src/platform/systemd/linger.ts';
import { createSystemdBackend } from '../../../src/platform/systemd/manager.ts';
import { type Argv, systemExec } from '../../../src/system/exec.ts';
import { type Files, systemFiles } from '../../../src/system/files.ts';
import { usualRoots } from '../../../src/system/roots.ts';
import { realSystem, type System } from '../../../src/system/system.ts';
import { needsMachine } from '../../support/machine-needs.ts';
import { type Machine, withMachine } from '../../support/systemd-machine.ts';
import { until } from '../../support/until.ts';

const skip = needsMachine;

/** Acts as the machine's bob from outside, with nothing in the environment but HOME and PATH, as under cron or su. */
function bobIn(machine: Machine, seen: string): System {
  const user = { name: 'bob', uid: 1000, home: '/home/bob' };
  const env = { HOME: user.home, PATH: '/usr/bin:/bin' };
  const inside = (path: string) => join(seen, path);
  const files: Files = {
    ...systemFiles,
    read: (path) => systemFiles.read(inside(path)),
    inspect: (path) => systemFiles.inspect(inside(path)),
    list: (path) => systemFiles.list(inside(path)),
  };
  const run: System['exec']['run'] = async (argv, options) => {
    const pairs = Object.entries({ ...env, ...options?.env }).map(([key, value]) => `${key}=${value}`);
    const identity: Argv = ['setpriv', '--reuid=1000', '--regid=1000', '--init-groups', 'env', '-i'];
    return {
      kind: 'exited',
      bytes: new Uint8Array(),
      ...(await machine.run([...identity, ...pairs, ...argv])),
    };
  };
  return { ...realSystem(), env, user, files, exec: { ...systemExec, run } };
}

test('without a session, lingering, with a system unit of the same name (L01, L02, L06)', {
  skip,
}, async (t) => {
  await withMachine(async (machine) => {
    // Its /run is a mount of its own, seen through its first process only.
    const root = `/proc/${await machine.leader()}/root`;
    const system = bobIn(machine, root);
    const backend = createSystemdBackend(system, usualRoots('linux', '/home/bob'));

    await t.test('nobody logged in: refused with the command that helps', async () => {
      assert.deepEqual(await backend.available(), {
        kind: 'refused',
        reason: 'bob has no session and no user manager here',
        hint: 'sudo loginctl enable-linger bob',
      });
      assert.deepEqual(await backend.observe('memory'), { kind: 'absent' });
      assert.equal(await readLinger(system.files, 'bob'), 'disabled');
    });

    await t.test('logged in: usable, although XDG_RUNTIME_DIR is missing', async () => {
      const session = await machine.session('bob');
      assert.deepEqual(await backend.available(), { kind: 'usable' });
      await session.logout();
    });

    await t.test('lingering is verified, and the way back too', async () => {
      await setLinger(system, 'enabled');
      assert.equal(await readLinger(system.files, 'bob'), 'enabled');
      await until('its manager is up', async () => (await backend.available()).kind === 'usable');
      await setLinger(system, 'disabled');
      assert.equal(await readLinger(system.files, 'bob'), 'disabled');
    });

    await t.test('a refusal of logind carries its words', async () => {
      const other = { ...system, user: { ...system.user, name: 'root' } };
      await assert.rejects(setLinger(other, 'enabled'), (error) => {
        assert.ok(error instanceof MemorydError);
        assert.deepEqual([error.kind, error.hint], ['permission', 'sudo loginctl enable-linger root']);
        return error.words !== undefined;
      });
    });

    await t.test('logind spells the names of directory services as we do', async () => {
      const name = 'CORP\\josé "x"';
      await appendFile(join(root, 'etc/passwd'), `${name}:x:4000:4000::/tmp:/bin/sh\n`);
      await mkdir(join(root, 'var/lib/systemd/linger'), { recursive: true });
      await machine.must(['loginctl', 'enable-linger', name]);
      assert.equal(await readLinger(system.files, name), 'enabled');
    });

    await t.test('a system unit of that name is foreign while it runs or is enabled', async () => {
      const path = join(root, 'etc/systemd/system/memoryd-memory.service');
      await writeFile(path, '[Service]\nExecStart=/bin/sleep 600\n[Install]\nWantedBy=multi-user.target\n');
      assert.deepEqual(await backend.observeFiles('memory'), { kind: 'absent' });
      await machine.must(['systemctl', 'start', 'memoryd-memory.service']);
      const running = await backend.observeFiles('memory');
      assert.equal(running.kind === 'foreign' && running.reason, 'a system unit of that name is running');
      await machine.must(['systemctl', 'stop', 'memoryd-memory.service']);
      await until('it is gone', async () => (await backend.observeFiles('memory')).kind === 'absent');
      await machine.must(['systemctl', 'enable', 'memoryd-memory.service']);
      const enabled = await backend.observe('memory');
      assert.equal(enabled.kind === 'foreign' && enabled.reason, 'a system unit of that name is enabled');
    });
  });
});
