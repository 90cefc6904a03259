import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { dryRunService, type Machine } from '../../src/install/service-lock.ts';
import { type ObservedWriters, observeWriters, writersBeside, writing } from '../../src/install/writers.ts';
import type { UnitObservation } from '../../src/service/unit.ts';
import { acquireLock } from '../../src/system/lock.ts';
import { HostHome } from '../support/host-home.ts';

const posix = process.platform === 'win32' ? 'needs start identities' : false;

function machineOf(home: HostHome): Machine {
  const { system, roots, path } = home;
  const user = { ...system.user, home: path };
  return { system: { ...system, user }, roots, usualRoots: () => roots, configHome: join(path, '.config') };
}

function put(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** Only what lies in the home: whoever runs the tests may run memtomem, too. */
async function seenIn(home: HostHome): Promise<ObservedWriters> {
  const seen = await observeWriters(await dryRunService(machineOf(home), home.service));
  return {
    writers: seen.writers.filter(({ what }) => what.includes(home.path)),
    stale: seen.stale.filter((path) => path.startsWith(home.path)),
    unreadable: seen.unreadable.filter(({ path }) => path.startsWith(home.path)),
  };
}

const running = (pid: number): UnitObservation => ({
  kind: 'registered',
  path: '/unit',
  enabled: 'enabled',
  process: { kind: 'running', pid },
  dropIns: [],
  needsReload: false,
});

describe('the writers of a service', { skip: posix }, () => {
  for (const [adapter, file] of [
    ['memtomem', '.memtomem/.server.pid'],
    ['claude-mem', '.claude-mem/.worker.pid'],
    ['claude-mem', '.claude-mem/worker.pid'],
  ] as const) {
    it(`are looked for at ~/${file}, where ${adapter} says who it is`, async () => {
      await using home = await HostHome.create({ port: undefined, adapter });
      assert.deepEqual(await seenIn(home), { writers: [], stale: [], unreadable: [] });
      const path = join(home.path, file);
      put(path, String(process.pid));
      assert.deepEqual((await seenIn(home)).writers, [
        { kind: 'neighbour', pid: process.pid, what: `the writer of ${path}` },
      ]);
      put(path, 'torn');
      assert.deepEqual(await seenIn(home), { writers: [], stale: [path], unreadable: [] });
    });
  }

  it('are looked for where memtomem meets by now, whatever environment it was started from, and nowhere that others can write', async () => {
    await using home = await HostHome.create({ port: undefined, adapter: 'memtomem' });
    const session = join(home.path, 'run', 'memtomem');
    const temporary = join(home.path, 'tmp', `memtomem-${home.system.user.uid}`);
    for (const directory of [session, temporary]) {
      mkdirSync(directory, { mode: 0o700 });
      put(join(directory, 'server.pid'), String(process.pid));
    }
    const told = async () => (await seenIn(home)).writers.map(({ what }) => what).toSorted();
    const both = [session, temporary].map((directory) => `the writer of ${join(directory, 'server.pid')}`);
    assert.deepEqual(await told(), both.toSorted());
    chmodSync(temporary, 0o777);
    assert.deepEqual(await told(), both.slice(0, 1));
    put(join(session, 'server.pid'), 'torn');
    assert.deepEqual((await seenIn(home)).stale, [join(session, 'server.pid')]);
  });

  it('are looked for in the data directory of the definition, and in the usual one', async () => {
    await using home = await HostHome.create();
    const elsewhere = join(home.path, 'memories');
    home.define({ dataDir: elsewhere });
    for (const directory of [elsewhere, home.paths.data])
      put(join(directory, '.server.pid'), String(process.pid));
    const { writers } = await observeWriters(await dryRunService(machineOf(home), home.service));
    assert.deepEqual(
      writers.map(({ what }) => what).toSorted(),
      [elsewhere, home.paths.data]
        .map((directory) => `the writer of ${join(directory, '.server.pid')}`)
        .toSorted(),
    );
  });

  it("are not those that the unit's own host has started, whatever pid files they keep", async () => {
    await using home = await HostHome.create();
    const host = home.spawn();
    await home.ready();
    const change = await dryRunService(machineOf(home), home.service);
    put(join(home.paths.data, 'worker.pid'), String(host.pid));
    const unit = running(host.pid as number);
    assert.deepEqual(await writersBeside(change, await observeWriters(change), unit), []);
    put(join(home.paths.data, 'worker.pid'), String(process.pid));
    const [other, ...more] = await writersBeside(change, await observeWriters(change), unit);
    assert.equal(other?.pid, process.pid);
    assert.deepEqual(more, []);
    const beside = await writersBeside(change, await observeWriters(change), running(1));
    assert.deepEqual(beside.map(({ pid }) => pid).toSorted(), [host.pid, process.pid].toSorted());
  });

  it('register under the lock of changes, give it back while they work, and are gone afterwards, also when they fail', async () => {
    await using home = await HostHome.create();
    const machine = machineOf(home);
    const change = await dryRunService(machine, home.service);
    const seen = async () => (await observeWriters(change)).writers.map(({ what }) => what);
    await writing(machine, home.service, 'memoryd import', async () => {
      assert.deepEqual(await seen(), ['memoryd import']);
      const lock = await acquireLock(home.paths.lock);
      assert.ok(lock, 'others may change the service, and will see the writer');
      lock.release();
    });
    assert.deepEqual(await seen(), []);
    const failing = writing(machine, home.service, 'memoryd import', () => Promise.reject(new Error('full')));
    await assert.rejects(failing, /full/);
    assert.deepEqual(await seen(), []);
    const changing = await acquireLock(home.paths.lock);
    let begun = false;
    const waiting = writing(machine, home.service, 'memoryd import', async () => {
      begun = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(begun, false, 'not while somebody takes the service away');
    changing?.release();
    await waiting;
  });
});
