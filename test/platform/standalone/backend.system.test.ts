import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Backend } from '../../../src/platform/backend.ts';
import { createStandaloneBackend } from '../../../src/platform/standalone/manager.ts';
import { readSupervisor } from '../../../src/runtime/supervisor-file.ts';
import type { RegisteredUnit, UnitSpec } from '../../../src/service/unit.ts';
import { freePort, get, HostHome } from '../../support/host-home.ts';
import { Load } from '../../support/load.ts';
import { until } from '../../support/until.ts';

const posix = process.platform === 'win32' ? 'Windows hands no listening socket over' : false;

function specOf(home: HostHome, more: Partial<UnitSpec> = {}): UnitSpec {
  const { user } = home.system;
  return {
    service: home.service,
    description: 'a test',
    argv: home.argv(),
    workingDirectory: home.path,
    listen: { host: '127.0.0.1', port: home.port },
    startTimeoutSecs: 20,
    stopTimeoutSecs: 10,
    sandbox: 'default',
    startAtLogin: false,
    user,
    directories: { config: join(home.path, '.config'), state: home.paths.state, logs: home.paths.logs },
    ...more,
  };
}

async function put(backend: Backend, spec: UnitSpec): Promise<void> {
  for (const file of await backend.render(spec)) {
    mkdirSync(dirname(file.path), { recursive: true, mode: 0o700 });
    writeFileSync(file.path, file.content, { mode: file.mode });
  }
}

async function installed(spec: Partial<UnitSpec> = {}, definition: Record<string, unknown> = {}) {
  const home = await HostHome.create(definition);
  const backend = createStandaloneBackend(home.system, home.roots);
  await put(backend, specOf(home, spec));
  const registered = async () => {
    const seen = await backend.observe(home.service);
    assert.equal(seen.kind, 'registered');
    return seen as RegisteredUnit;
  };
  const perform = (verb: Parameters<Backend['perform']>[0]) => backend.perform(verb, home.service);
  return { home, backend, registered, perform, [Symbol.asyncDispose]: () => home[Symbol.asyncDispose]() };
}

describe('the standalone backend', { skip: posix }, () => {
  it('knows nothing of a service that was never installed', async () => {
    await using home = await HostHome.create();
    const backend = createStandaloneBackend(home.system, home.roots);
    assert.deepEqual(await backend.available(), { kind: 'usable' });
    assert.deepEqual(await backend.observe(home.service), { kind: 'absent' });
    assert.deepEqual(await backend.observeFiles(home.service), { kind: 'absent' });
    await assert.rejects(backend.perform('start', home.service), { kind: 'not-installed' });
    await backend.perform('stop', home.service);
  });

  it('starts, is seen to run, stops, and nothing of it is left (X02)', async () => {
    await using here = await installed();
    const { home, backend, registered, perform } = here;
    await perform('register');
    assert.deepEqual((await registered()).process, { kind: 'stopped' });
    await perform('start');
    const { endpoint } = await home.ready();
    const unit = await registered();
    assert.deepEqual(unit.process, { kind: 'running', pid: endpoint.pid });
    assert.equal(unit.needsReload, false);
    assert.deepEqual(await backend.observeFiles(home.service), unit);
    await perform('start');
    assert.equal((await home.ready()).endpoint.nonce, endpoint.nonce, 'started twice is started once');
    const supervisor = await readSupervisor(home.system.files, home.paths);
    await perform('stop');
    assert.equal(home.system.processes.startIdentity(endpoint.pid), undefined);
    assert.notEqual(home.system.processes.startIdentity(supervisor?.pid ?? 0), supervisor?.start);
    assert.equal((await home.find()).kind, 'absent');
    await assert.rejects(get(home.port, '/health'), { code: 'ECONNREFUSED' });
    assert.deepEqual((await registered()).process, { kind: 'stopped' });
    await perform('stop');
    await perform('unregister');
    await perform('settle');
    assert.equal(existsSync(join(home.paths.state, 'supervisor.json')), false);
  });

  it('is unknown while what the supervisor wrote cannot be read', async () => {
    await using here = await installed();
    const { home, backend, perform } = here;
    await perform('register');
    mkdirSync(join(home.paths.state, 'supervisor.json'));
    const seen = await backend.observeFiles(home.service);
    assert.equal(seen.kind, 'unknown');
    assert.match(seen.kind === 'unknown' ? seen.reason : '', /^cannot read .*supervisor\.json: /);
    await assert.rejects(backend.perform('stop', home.service), { kind: 'permission' });
    rmdirSync(join(home.paths.state, 'supervisor.json'));
  });

  it('puts a new argv into effect by a restart that refuses nobody', async () => {
    await using here = await installed();
    const { home, backend, registered, perform } = here;
    await perform('start');
    const { endpoint } = await home.ready();
    await using load = new Load(home.port, 4);
    await load.more(20);
    const [node = '', ...rest] = home.argv();
    await put(backend, specOf(home, { argv: [node, '--title=new', ...rest] }));
    assert.equal((await registered()).needsReload, true);
    await perform('restart');
    assert.notEqual((await home.ready()).endpoint.nonce, endpoint.nonce);
    assert.equal((await registered()).needsReload, false);
    await load.more(20);
    const { refused, reset } = load.take();
    assert.deepEqual({ refused, reset }, { refused: 0, reset: 0 });
    const word = await readSupervisor(home.system.files, home.paths);
    assert.ok(word?.argv.includes('--title=new'));
  });

  it('moves to the port that the definition has come to fix', async () => {
    await using here = await installed();
    const { home, perform } = here;
    await perform('start');
    const port = await freePort();
    home.define({ port });
    await perform('restart');
    assert.equal((await home.ready()).endpoint.port, port);
    await assert.rejects(get(home.port, '/health'), { code: 'ECONNREFUSED' });
  });

  it('restarts what does not run by starting it', async () => {
    await using here = await installed();
    await here.perform('restart');
    assert.equal((await here.registered()).process.kind, 'running');
  });

  it('says why a start failed, and what it is afterwards (X08)', async () => {
    await using here = await installed({}, { sandbox: 'perhaps' });
    await assert.rejects(here.perform('start'), { kind: 'failed', words: /sandbox/ });
    const unit = await here.registered();
    assert.equal(unit.process.kind, 'failed');
    assert.equal(unit.lastExit?.kind === 'code' && unit.lastExit.code, 78);
    here.home.define({ port: here.home.port });
    await here.perform('start');
    assert.equal((await here.registered()).process.kind, 'running');
  });

  it('says what Node said when the program cannot even begin', async () => {
    await using home = await HostHome.create();
    const backend = createStandaloneBackend(home.system, home.roots);
    await put(backend, specOf(home, { argv: [process.execPath, join(home.path, 'nothing.mjs')] }));
    await assert.rejects(backend.perform('start', home.service), { kind: 'failed', words: /nothing\.mjs/ });
  });

  it('says that there is no such program', async () => {
    await using home = await HostHome.create();
    const backend = createStandaloneBackend(home.system, home.roots);
    await put(backend, specOf(home, { argv: ['/nonexistent/node', 'x'] }));
    await assert.rejects(backend.perform('start', home.service), { kind: 'failed', message: /ENOENT/ });
  });

  it('stops a host whose supervisor was killed, and starts it again', async () => {
    await using here = await installed();
    const { home, perform, registered } = here;
    await perform('start');
    const supervisor = await readSupervisor(home.system.files, home.paths);
    process.kill(supervisor?.pid ?? 0, 'SIGKILL');
    await perform('stop');
    assert.equal((await home.find()).kind, 'absent');
    assert.equal((await registered()).process.kind, 'failed');
    await perform('start');
    assert.equal((await registered()).process.kind, 'running');
  });

  it('does not stop a process that has the pid by chance (X03)', async () => {
    await using here = await installed();
    const { home, perform } = here;
    const { spawn } = await import('node:child_process');
    const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
    const word = {
      schema: 1,
      pid: bystander.pid,
      start: 'another',
      startedAt: '',
      argv: [],
      ended: false,
      lastExit: null,
    };
    writeFileSync(join(home.paths.state, 'supervisor.json'), JSON.stringify(word));
    await perform('stop');
    await delay(50);
    assert.equal(bystander.exitCode ?? bystander.signalCode, null);
    bystander.kill('SIGKILL');
  });

  it('stays stopped: the intent is there until it is started again (W14)', async () => {
    await using here = await installed();
    const { home, perform } = here;
    await perform('start');
    await perform('stop');
    assert.ok(existsSync(home.paths.stopIntent));
    await perform('start');
    assert.equal(existsSync(home.paths.stopIntent), false);
  });

  it('takes the brake off when it is started on purpose (M10)', async () => {
    await using here = await installed({}, {});
    const { home, backend, perform, registered } = here;
    const [node = '', ...rest] = home.argv();
    const failing = createStandaloneBackend(
      { ...home.system, env: { ...home.env, MEMORYD_TEST_FAIL: 'no luck' } },
      home.roots,
    );
    await put(backend, specOf(home, { argv: [node, ...rest] }));
    await assert.rejects(failing.perform('start', home.service), { words: /no luck/ });
    assert.match(JSON.stringify((await registered()).process), /"failed".*no luck/);
    await perform('start');
    const unit = await until('it runs', registered);
    assert.equal(unit.process.kind, 'running');
    assert.equal(unit.restarts, 0);
  });

  it('refuses what no process can be given', async () => {
    await using home = await HostHome.create();
    const backend = createStandaloneBackend(home.system, home.roots);
    await assert.rejects(backend.render(specOf(home, { argv: ['/bin/x', 'a\0b'] })), {
      kind: 'configuration',
    });
  });

  it('renders what it reads back', async () => {
    await using home = await HostHome.create();
    const backend = createStandaloneBackend(home.system, home.roots);
    const files = await backend.render(specOf(home, { argv: ['/bin/x', '"\'\\ \n$%', '🎉'] }));
    await backend.check(files);
    assert.deepEqual(
      backend.unitPaths(home.service),
      files.map(({ path }) => path),
    );
    const record = JSON.parse(files[0]?.content ?? '');
    assert.deepEqual(record.argv, ['/bin/x', '"\'\\ \n$%', '🎉', '--supervise']);
    await assert.rejects(backend.check([{ ...(files[0] ?? assert.fail()), content: '{}' }]), {
      kind: 'configuration',
    });
  });
});
