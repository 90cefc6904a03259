import assert from 'node:assert/strict';
import { rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import test from 'node:test';
import { MemorydError } from '../../../src/errors.ts';
import type { Backend } from '../../../src/platform/backend.ts';
import { createSystemdBackend } from '../../../src/platform/systemd/manager.ts';
import type { RegisteredUnit, UnitSpec, Verb } from '../../../src/service/unit.ts';
import { freePort, get } from '../../support/host-home.ts';
import { Load } from '../../support/load.ts';
import { needsUserManager } from '../../support/machine-needs.ts';
import { until } from '../../support/until.ts';
import { type LabUser, withUserManager } from '../../support/user-manager.ts';
import { unitSpec } from './unit-spec.ts';

const skip = needsUserManager;
const service = 'memory';

async function ask(port: number): Promise<{ pid: number; handed: number }> {
  return (await get(port, '/')).json as { pid: number; handed: number };
}

interface Bench {
  user: LabUser;
  backend: Backend;
  port: number;
  /** Where the daemon listens when it is handed nothing and `port` is taken. */
  other: number;
  /** Puts the units of the throw-away daemon on disk; `ending`: it exits with that at once. */
  write(changes?: Partial<Omit<UnitSpec, 'listen'>> & { port?: number; ending?: number }): Promise<void>;
  perform(...verbs: Verb[]): Promise<void>;
  registered(): Promise<RegisteredUnit>;
}

/** A user manager, a backend for its user, and the daemon in the user's home. */
async function withBackend(body: (bench: Bench) => Promise<void>): Promise<void> {
  const [port, other] = [await freePort(), await freePort()];
  await withUserManager(async (user) => {
    const backend = createSystemdBackend(user.system, user.roots);
    const directory = await user.bring(['test/platform/systemd/daemon.mjs']);
    const daemon = join(directory, 'test/platform/systemd/daemon.mjs');
    await body({
      user,
      backend,
      port,
      other,
      async write({ ending, ...changes } = {}) {
        const listen = changes.port ?? port;
        const end = ending === undefined ? [] : [String(ending)];
        const argv = [user.node, daemon, String(listen), String(other), ...end] as const;
        const units = await backend.render(unitSpec(user, { argv: [...argv], port: listen, ...changes }));
        for (const unit of units) await user.write(unit.path, unit.content, unit.mode);
      },
      async perform(...verbs) {
        for (const verb of verbs) await backend.perform(verb, service);
      },
      async registered() {
        const seen = await backend.observe(service);
        assert.equal(seen.kind, 'registered', JSON.stringify(seen));
        return seen as RegisteredUnit;
      },
    });
  });
}

const failsWith = (kind: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof MemorydError, String(error));
  assert.equal(error.kind, kind);
  assert.match(`${error.message}\n${error.words ?? ''}`, words);
  return true;
};

test('register, start, kill, restart, stop, unregister, settle', { skip }, async () => {
  await withBackend(async ({ user, backend, port, write, perform, registered }) => {
    assert.deepEqual(await backend.available(), { kind: 'usable' });
    assert.deepEqual(await backend.observe(service), { kind: 'absent' });
    assert.deepEqual(await backend.observeFiles(service), { kind: 'absent' });

    await write();
    await perform('register');
    const fresh = await registered();
    assert.equal(fresh.path, backend.unitPaths(service)[0]);
    assert.deepEqual(
      [fresh.enabled, fresh.process.kind, fresh.needsReload, fresh.dropIns],
      ['enabled', 'stopped', false, []],
    );
    assert.equal(fresh.lastExit, undefined);

    await perform('start');
    const first = await ask(port);
    assert.equal(first.handed, 1);
    const running = await registered();
    assert.deepEqual(running.process, { kind: 'running', pid: first.pid });
    const { process: _, ...rest } = running;
    const glanced = await backend.observeFiles(service);
    assert.deepEqual(
      { ...glanced, process: running.process, restarts: 0 },
      { ...rest, process: running.process },
    );

    process.kill(first.pid, 'SIGKILL');
    const second = await ask(port);
    assert.notEqual(second.pid, first.pid);
    assert.equal((await registered()).restarts, 1);

    await perform('restart');
    const third = await ask(port);
    assert.notEqual(third.pid, second.pid);
    assert.equal(third.handed, 1);

    await perform('stop');
    await assert.rejects(ask(port));
    const stopped = await registered();
    assert.equal(stopped.process.kind, 'stopped');
    assert.equal(stopped.enabled, 'enabled');

    await perform('start', 'unregister');
    await assert.rejects(ask(port));
    assert.equal((await registered()).enabled, 'disabled');
    for (const path of backend.unitPaths(service)) await rm(path);
    await perform('settle');
    assert.deepEqual(await backend.observe(service), { kind: 'absent' });
    const loaded = await user.systemctl('list-units', '--all', '--no-legend', 'memoryd-*');
    assert.equal(loaded, '');
  });
});

test('restarts and kills under load refuse no connection', { skip }, async () => {
  await withBackend(async ({ port, write, perform, registered }) => {
    await write();
    await perform('register', 'start');
    await using load = new Load(port, 4);
    await load.more(10);
    for (let round = 0; round < 5; round += 1) {
      await perform('restart');
      process.kill((await ask(port)).pid, 'SIGKILL');
      await until('running', async () => (await registered()).process.kind === 'running');
      await load.more(10);
    }
    assert.equal(load.take().refused, 0);
  });
});

test('a changed port is in effect after a restart, even when it was changed and changed back (L13)', {
  skip,
}, async () => {
  await withBackend(async ({ port, other, write, perform }) => {
    await write();
    await perform('register', 'start');
    await write({ port: other });
    await perform('register', 'restart');
    await assert.rejects(ask(port));
    assert.equal((await ask(other)).handed, 1);

    // Reloaded twice without a restart: systemd has dropped the socket, and still calls it active.
    await write({ port });
    await perform('register');
    await write({ port: other });
    await perform('register', 'restart');
    assert.equal((await ask(other)).handed, 1);
  });
});

test('a stranger on the port fails the socket only: the service starts, and gets it back after a restart', {
  skip,
}, async () => {
  await withBackend(async ({ port, other, write, perform, registered }) => {
    const stranger = createServer((_request, response) => response.end('"stranger"')).listen(
      port,
      '127.0.0.1',
    );
    await until('the stranger listens', () => stranger.listening);
    await write();
    await perform('register', 'start');
    assert.equal((await ask(other)).handed, 0);
    assert.equal((await registered()).process.kind, 'running');
    await perform('start', 'restart');
    assert.equal((await ask(other)).handed, 0);
    stranger.close();
    stranger.closeAllConnections();
    await until('the port is free', () => !stranger.listening);
    await perform('restart');
    assert.equal((await ask(port)).handed, 1);
    await perform('stop');
  });
});

test('bad configuration is not tried again, and a start says why (L07, L04)', { skip }, async () => {
  await withBackend(async ({ user, write, perform, registered }) => {
    await write({ ending: 78 });
    await perform('register');
    await assert.rejects(perform('start'), failsWith('failed', /exit 78 \(bad configuration/));
    const seen = await registered();
    assert.equal(seen.process.kind, 'failed');
    assert.deepEqual(seen.lastExit, {
      kind: 'code',
      code: 78,
      meaning: 'bad configuration: not retried',
    });
    assert.equal(seen.restarts, 0);

    await write({ argv: [join(user.home, 'missing'), 'x'] });
    await perform('register');
    await assert.rejects(perform('restart'), failsWith('failed', /exit 203 .*missing/));
  });
});

test('what dies before it can brake is given up, is no burden, and starts again when told (L05, M10)', {
  skip,
}, async () => {
  await withBackend(async ({ port, write, perform, registered }) => {
    await write({ argv: ['/bin/false'] });
    await perform('register');
    await assert.rejects(perform('start'), failsWith('failed', /exit 1|ended \d+ times/));
    const seen = await until(
      'given up',
      async () => {
        const now = await registered();
        return now.process.kind === 'failed' ? now : undefined;
      },
      60_000,
    );
    assert.equal(seen.restarts, 150);
    await assert.rejects(ask(port));
    await write();
    await perform('register', 'start');
    assert.equal((await ask(port)).handed, 1);
  });
});

test('not started at login when not wanted, and the links go when that changes', { skip }, async () => {
  await withBackend(async ({ backend, port, write, perform, registered }) => {
    const enabled = async () => {
      const seen = await backend.observeFiles(service);
      return [(await registered()).enabled, seen.kind === 'registered' && seen.enabled];
    };
    await write({ startAtLogin: false });
    await perform('register', 'start');
    assert.equal((await ask(port)).handed, 1);
    assert.deepEqual(await enabled(), ['disabled', 'disabled']);
    await write();
    await perform('register');
    assert.deepEqual(await enabled(), ['enabled', 'enabled']);
    await write({ startAtLogin: false });
    await perform('register');
    assert.deepEqual(await enabled(), ['disabled', 'disabled']);
  });
});

test('files deleted while it runs: seen, stopped and disabled all the same', { skip }, async () => {
  await withBackend(async ({ user, backend, port, write, perform, registered }) => {
    await write();
    await perform('register', 'start');
    for (const path of backend.unitPaths(service)) await rm(path);
    await user.systemctl('daemon-reload');
    const orphan = await registered();
    assert.deepEqual([orphan.process.kind, orphan.needsReload, orphan.enabled], ['running', true, 'enabled']);
    await perform('unregister');
    await assert.rejects(ask(port));
    assert.deepEqual(await backend.observe(service), { kind: 'absent' });
    await perform('unregister', 'settle');
  });
});

test('masked, edited and overridden units are told, not fought (L11, L13)', { skip }, async () => {
  await withBackend(async ({ user, backend, write, perform, registered }) => {
    await write();
    await perform('register', 'start');
    const dropIn = join(user.home, '.config/systemd/user/memoryd-memory.service.d/nice.conf');
    await user.write(dropIn, '[Service]\nNice=5\n');
    const edited = await registered();
    assert.deepEqual([edited.needsReload, edited.dropIns], [true, [dropIn]]);
    await perform('restart');
    assert.equal((await registered()).needsReload, false);
    assert.equal(await user.systemctl('show', '--value', '-p', 'Nice', 'memoryd-memory.service'), '5\n');

    await perform('unregister');
    const [path] = backend.unitPaths(service);
    assert.ok(path);
    await rm(path);
    await symlink('/dev/null', path);
    await user.systemctl('daemon-reload');
    assert.equal((await registered()).enabled, 'masked');
    await assert.rejects(perform('register'), failsWith('failed', /masked/));
    await assert.rejects(perform('start'), failsWith('failed', /masked/));
  });
});

test('a unit of that name from elsewhere is foreign', { skip }, async () => {
  await withBackend(async ({ user, backend }) => {
    const path = join(user.home, '.local/share/systemd/user/memoryd-memory.service');
    await user.write(path, '[Service]\nExecStart=/bin/sleep 60\n');
    await user.systemctl('daemon-reload');
    const seen = await backend.observe(service);
    assert.equal(seen.kind, 'foreign', JSON.stringify(seen));
    assert.equal(seen.kind === 'foreign' && seen.path, path);
  });
});

test('a manager that looks for units elsewhere is named (XDG_CONFIG_HOME in the shell only)', {
  skip,
}, async () => {
  await withBackend(async ({ user }) => {
    const config = join(user.home, 'elsewhere');
    const system = { ...user.system, env: { ...user.system.env, XDG_CONFIG_HOME: config } };
    const backend = createSystemdBackend(system, user.roots);
    const spec = unitSpec(user, { directories: { config, state: user.home, logs: user.home } });
    const units = await backend.render(spec);
    assert.deepEqual(
      units.map(({ path }) => path),
      backend.unitPaths(service),
    );
    for (const unit of units) await user.write(unit.path, unit.content);
    await assert.rejects(
      backend.perform('register', service),
      failsWith('configuration', /does not load units/),
    );
  });
});

test('every setting of the strict sandbox works for a daemon, and none of its environment is in the unit (X01)', {
  skip,
}, async () => {
  await withBackend(async ({ backend, user, port, write, perform }) => {
    const strict = await backend.render(
      unitSpec(user, { sandbox: 'strict', argv: [user.node, '--version'] }),
    );
    await backend.check(strict);
    await write({ sandbox: 'strict' });
    await perform('register', 'start');
    assert.equal((await ask(port)).handed, 1);
    assert.equal(
      await user.systemctl('show', '--value', '-p', 'Environment', 'memoryd-memory.service'),
      '\n',
    );
  });
});

test('whoever runs inside the service is told how to stop it from outside (L09)', { skip }, async () => {
  await withBackend(async ({ user, port, write, perform }) => {
    await write();
    await perform('register', 'start');
    const { pid } = await ask(port);
    const { files } = user.system;
    const read: typeof files.read = (path) => files.read(path.replace('/proc/self/', `/proc/${pid}/`));
    const inside = createSystemdBackend({ ...user.system, files: { ...files, read } }, user.roots);
    for (const verb of ['stop', 'restart', 'unregister'] as const) {
      await assert.rejects(
        inside.perform(verb, service),
        failsWith('failed', /runs inside memoryd-memory\.service/),
      );
    }
    assert.equal((await ask(port)).pid, pid);
  });
});
