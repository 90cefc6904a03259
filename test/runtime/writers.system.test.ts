import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { registeredWriters, registerWriter } from '../../src/runtime/writers.ts';
import { ended, HostHome } from '../support/host-home.ts';
import { until } from '../support/until.ts';

const posix = process.platform === 'win32' ? 'start identities and modes are POSIX' : false;

const records = (state: string) => readdirSync(state).filter((name) => name.startsWith('writer.'));

describe('the register of writers', { skip: posix }, () => {
  it('knows a process by its start identity until it takes itself off, and nothing stays', async () => {
    await using home = await HostHome.create();
    const { system, paths } = home;
    const registration = await registerWriter(system, paths, 'command', 'memoryd import');
    const [writer, ...more] = await registeredWriters(system, paths);
    assert.deepEqual(more, []);
    assert.equal(writer?.pid, process.pid);
    assert.equal(writer?.start, system.processes.startIdentity(process.pid));
    assert.equal(writer?.what, 'memoryd import');
    assert.equal(statSync(writer.path).mode & 0o077, 0);
    await registration.release();
    assert.deepEqual(await registeredWriters(system, paths), []);
    assert.equal(existsSync(paths.state), false, 'a service that was never installed has no state');
  });

  it('X03: a record of a dead process, or of another run of its pid, counts as none, and the next one cleans it up', async () => {
    await using home = await HostHome.create();
    const { system, paths } = home;
    mkdirSync(paths.state, { recursive: true });
    const child = home.spawn();
    await ended(child.kill('SIGKILL') ? child : assert.fail());
    const left = { schema: 1, start: 'another run', role: 'command', what: 'x', startedAt: 'then' };
    const put = (pid: number, value: unknown) =>
      writeFileSync(join(paths.state, `writer.${pid}.json`), JSON.stringify(value));
    put(1, { ...left, pid: process.pid });
    put(2, { ...left, pid: child.pid });
    put(3, 'nonsense');
    writeFileSync(join(paths.state, 'writer.4.json'), '');
    writeFileSync(join(paths.state, 'token'), 'kept');
    assert.deepEqual(await registeredWriters(system, paths), []);
    assert.equal(records(paths.state).length, 4, 'looking changes nothing');
    const registration = await registerWriter(system, paths, 'command', 'memoryd import');
    assert.deepEqual(records(paths.state), [`writer.${process.pid}.json`]);
    await registration.release();
    assert.equal(readFileSync(join(paths.state, 'token'), 'utf8'), 'kept');
  });

  it('is not taken for empty while a record in it cannot be read', async () => {
    await using home = await HostHome.create();
    const { system, paths } = home;
    // A directory in its place cannot be read by anybody, root included.
    mkdirSync(join(paths.state, 'writer.1.json'), { recursive: true });
    await assert.rejects(registeredWriters(system, paths), {
      kind: 'permission',
      message: /writer\.1\.json/,
    });
    const registration = await registerWriter(system, paths, 'command', 'memoryd import');
    await registration.release();
    assert.deepEqual(records(paths.state), ['writer.1.json'], 'it is left for whoever can read it');
  });

  it('has every host in it while it lives, and not after a stop', async () => {
    await using home = await HostHome.create();
    const child = home.spawn();
    await home.ready();
    const [writer] = await until('it has registered', async () => {
      const all = await registeredWriters(home.system, home.paths);
      return all.length > 0 ? all : undefined;
    });
    assert.equal(writer?.pid, child.pid);
    assert.equal(writer?.role, 'host');
    child.kill('SIGTERM');
    await ended(child);
    assert.deepEqual(records(home.paths.state), []);
  });
});
