import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import test from 'node:test';
import { servicePaths } from '../../../src/layout.ts';
import { taskFile } from '../../../src/platform/task-scheduler/names.ts';
import { findEndpoint } from '../../../src/runtime/find-endpoint.ts';
import { writePort } from '../../../src/runtime/port-file.ts';
import { lockedSupervisor, readSupervisor } from '../../../src/runtime/supervisor-file.ts';
import { portBasis } from '../../../src/service/port.ts';
import type { ProcessState } from '../../../src/service/unit.ts';
import { defaultTimeoutMs } from '../../../src/system/exec.ts';
import { marked } from '../../simulators/windows/processes.ts';
import { until } from '../../support/until.ts';
import { service, type TestMachine, testMachine } from './machine.ts';

async function registered(machine: TestMachine) {
  const seen = await machine.backend.observe(service);
  assert.equal(seen.kind, 'registered', JSON.stringify(seen));
  return seen as Extract<typeof seen, { kind: 'registered' }>;
}

const processKind = async (machine: TestMachine): Promise<ProcessState['kind']> =>
  (await registered(machine)).process.kind;

/** Every process of the simulated session. */
const session = ({ windows }: TestMachine) => marked(`WINDOWS_SESSION=${windows.env.WINDOWS_SESSION}`);

const gone = (machine: TestMachine) => until('no process is left', () => session(machine).length === 0);

test('register, start, stop, restart, unregister: what is said is what is', async () => {
  await using machine = await testMachine();
  const { backend, windows, task } = machine;
  assert.deepEqual(await backend.available(), { kind: 'usable' });
  assert.deepEqual(await backend.observe(service), { kind: 'absent' });
  assert.deepEqual(await backend.observeFiles(service), { kind: 'absent' });

  const first = await machine.up();
  const seen = await registered(machine);
  assert.deepEqual(seen.process, { kind: 'running', pid: first });
  assert.equal(seen.enabled, 'enabled');
  assert.equal(seen.needsReload, false);

  await backend.perform('stop', service);
  assert.equal(await machine.answering(), undefined);
  assert.equal(windows.task(task)?.process, undefined);
  assert.equal(await processKind(machine), 'stopped');
  await gone(machine);

  await backend.perform('start', service);
  const second = await until('it answers again', machine.answering);
  await backend.perform('restart', service);
  const third = await until('it answers after the restart', machine.answering);
  assert.equal(new Set([first, second, third]).size, 3);

  await backend.perform('unregister', service);
  assert.deepEqual(windows.taskNames(), []);
  await gone(machine);
});

test('every call of schtasks asks for an HRESULT and names no user (W07)', async () => {
  await using machine = await testMachine();
  await machine.up();
  await machine.backend.perform('unregister', service);
  const calls = machine.windows.calls().filter(({ tool }) => tool === 'schtasks');
  assert.ok(calls.length > 4);
  for (const { args } of calls) {
    assert.ok(args.includes('/hresult'), args.join(' '));
    assert.ok(!args.some((one) => /^\/r[up]$/i.test(one)), args.join(' '));
  }
});

test('a dry run names the very commands that are run', async () => {
  await using machine = await testMachine();
  await machine.up();
  await machine.backend.perform('unregister', service);
  const run = machine.windows.calls().map(({ tool, args }) => [tool, ...args]);
  for (const verb of ['register', 'start'] as const) {
    for (const argv of machine.backend.commands(verb, service)) {
      assert.ok(
        run.some((one) => JSON.stringify(one) === JSON.stringify(argv)),
        argv.join(' '),
      );
    }
  }
});

test('looking takes one command once installed, and a glance none', async () => {
  await using machine = await testMachine();
  await machine.up();
  // Another process than the one that installed it.
  const { createTaskSchedulerBackend } = await import('../../../src/platform/task-scheduler/manager.ts');
  const fresh = createTaskSchedulerBackend(machine.system, machine.roots);
  const before = machine.windows.calls().length;
  await fresh.observeFiles(service);
  assert.equal(machine.windows.calls().length, before);
  await fresh.observe(service);
  assert.equal(machine.windows.calls().length, before + 1);
});

for (const xmlOutput of ['utf16-bom', 'utf16', 'utf8'] as const) {
  test(`what was just registered is not stale, exported as ${xmlOutput} (W12)`, async () => {
    await using machine = await testMachine({ xmlOutput });
    await machine.place();
    await machine.backend.perform('register', service);
    assert.equal((await registered(machine)).needsReload, false);
    await machine.place({ argv: [process.execPath, 'other.js', 'host', service] });
    assert.equal((await registered(machine)).needsReload, true);
  });
}

for (const locale of ['de', 'zh'] as const) {
  test(`nothing depends on the language: ${locale} (W06)`, async () => {
    await using machine = await testMachine({ locale });
    await machine.up();
    assert.equal(await processKind(machine), 'running');
    await machine.backend.perform('restart', service);
    await until('it answers', machine.answering);
    await machine.backend.perform('unregister', service);
    assert.deepEqual(await machine.backend.observe(service), { kind: 'absent' });
  });
}

test('it runs on past 72 hours (W02), on battery (W03), and is not started twice (W15)', async () => {
  await using machine = await testMachine();
  const pid = await machine.up();
  machine.windows.power('battery');
  machine.windows.tick(73 * 60);
  await machine.backend.observe(service);
  assert.equal(await machine.answering(), pid);
  assert.ok(machine.windows.task(machine.task)?.process, 'the task still runs');
});

test('the watchdog revives a dead supervisor, also after days and on battery (W03, W15)', async () => {
  await using machine = await testMachine();
  await machine.up();
  machine.windows.tick(2 * 24 * 60);
  machine.windows.power('battery');
  for (const pid of session(machine)) process.kill(pid, 'SIGKILL');
  await until('the task has ended', () => machine.windows.task(machine.task)?.process === undefined);
  assert.equal(await processKind(machine), 'waiting');
  machine.windows.tick(5);
  await until('it answers again', machine.answering);
});

test('what the user stopped stays down, whatever the watchdog and a login do (W14)', async () => {
  await using machine = await testMachine();
  await machine.up();
  await machine.backend.perform('stop', service);
  const runs = () => machine.windows.task(machine.task)?.lastRun?.getTime() ?? 0;
  const before = runs();
  machine.windows.tick(5);
  await until('the watchdog ran', () => runs() > before);
  await gone(machine);
  machine.windows.logoff();
  machine.windows.logon();
  await gone(machine);
  assert.equal(await machine.answering(), undefined);
  assert.equal(await processKind(machine), 'stopped');
});

test('a killed host is back by itself, and Task Scheduler never knew (W13)', async () => {
  await using machine = await testMachine();
  const pid = await machine.up();
  process.kill(pid, 'SIGKILL');
  await until('another one answers', async () => {
    const now = await machine.answering();
    return now !== undefined && now !== pid;
  });
});

test('a last result of 0 is not taken for health: nothing serves, and it says why (W13)', async () => {
  await using machine = await testMachine({ env: { MEMORYD_TEST_FAIL: 'broken on purpose' } });
  await machine.place();
  await machine.backend.perform('register', service);
  await machine.backend.perform('start', service);
  const failed = await until('it has given up', async () => {
    const { process: state } = await registered(machine);
    return state.kind === 'failed' ? state.reason : undefined;
  });
  assert.match(failed, /broken on purpose/);
  await until('the task has ended', () => machine.windows.task(machine.task)?.process === undefined);
  assert.equal(machine.windows.task(machine.task)?.lastResult, 0);
});

test('log-off ends it without a word, login starts it again', async () => {
  await using machine = await testMachine();
  const pid = await machine.up();
  machine.windows.logoff();
  assert.deepEqual(session(machine), []);
  assert.equal(await machine.answering(), undefined);
  machine.windows.logon();
  assert.notEqual(await until('it answers', machine.answering), pid);
});

test('after a reboot nothing runs until login', async () => {
  await using machine = await testMachine();
  await machine.up();
  machine.windows.reboot();
  machine.windows.tick(30);
  assert.deepEqual(session(machine), []);
  machine.windows.logon();
  await until('it answers', machine.answering);
});

test('without start at login only a start on purpose starts it', async () => {
  await using machine = await testMachine();
  await machine.up({ startAtLogin: false });
  assert.equal((await registered(machine)).enabled, 'disabled');
  machine.windows.logoff();
  machine.windows.logon();
  machine.windows.tick(10);
  assert.deepEqual(session(machine), []);
  await machine.backend.perform('start', service);
  await until('it answers', machine.answering);
});

test('a new program takes over with register and restart; the old one is never written to (W18)', async () => {
  await using machine = await testMachine();
  await machine.up();
  const { argv } = machine.spec();
  const next = ['--title=next', ...argv.slice(1)];
  await machine.place({ argv: [argv[0], ...next] });
  await machine.backend.perform('register', service);
  await machine.backend.perform('restart', service);
  const pid = await until('it answers', machine.answering);
  assert.match(await readFile(`/proc/${pid}/cmdline`, 'utf8'), /^next/);
});

test('a hung host is ended with everything below it (W11, X02)', async () => {
  await using machine = await testMachine();
  const pid = await machine.up();
  process.kill(pid, 'SIGSTOP');
  await machine.backend.perform('stop', service);
  await gone(machine);
  const { tool } = machine.windows.calls().findLast((call) => call.tool === 'taskkill') ?? {};
  assert.equal(tool, 'taskkill');
});

test('a host that hangs before it publishes itself is ended with its supervisor, and the next one runs (W11)', async () => {
  await using machine = await testMachine();
  const [node, ...rest] = machine.spec().argv;
  const hang =
    'data:text/javascript,if (!process.argv.includes("--supervise")) await new Promise(() => setInterval(() => {}, 1e6))';
  await machine.place({ argv: [node, '--import', hang, ...rest] });
  await machine.backend.perform('register', service);
  await machine.backend.perform('start', service);
  await until('conhost, cmd, supervisor and host run', () => session(machine).length === 4);
  await machine.backend.perform('stop', service);
  await gone(machine);
  await machine.up();
});

test('variables of the registry that inject code reach neither the supervisor nor the host', async () => {
  const injected = { NODE_OPTIONS: '--title=injected', NODE_REDIRECT_WARNINGS: '/dev/null', NODE_PATH: '/x' };
  await using machine = await testMachine({ env: { ...injected, KEPT: 'yes' } });
  const host = await machine.up();
  const supervisor = (await lockedSupervisor(machine.system.files, servicePaths(machine.roots, service)))
    ?.pid;
  for (const pid of [supervisor, host]) {
    const names = (await readFile(`/proc/${pid}/environ`, 'utf8'))
      .split('\0')
      .map((one) => one.split('=')[0]);
    assert.deepEqual(
      ['KEPT', ...Object.keys(injected)].filter((name) => names.includes(name)),
      ['KEPT'],
    );
  }
});

test('a task of 0.1.0, which starts Node directly, is stale and is replaced', async () => {
  await using machine = await testMachine();
  await machine.place();
  const path = taskFile(machine.spec().directories.state);
  const current = (await readFile(path)).toString('utf16le');
  const former = current.replace(/(?<=--headless ).*=&amp; /, '');
  assert.notEqual(former, current);
  await writeFile(path, Buffer.from(former, 'utf16le'));
  await machine.backend.perform('register', service);
  assert.equal((await registered(machine)).needsReload, false);
  await machine.place();
  assert.equal((await registered(machine)).needsReload, true);
  await machine.backend.perform('register', service);
  assert.equal((await registered(machine)).needsReload, false);
});

test('where a policy forbids cmd.exe, the task starts Node directly', async () => {
  await using machine = await testMachine();
  const key = 'HKCU\\Software\\Policies\\Microsoft\\Windows\\System';
  const content = async () => (await machine.backend.render(machine.spec()))[0]?.content ?? '';
  assert.match(await content(), /cmd\.exe/);
  machine.windows.reg.set(key, 'DisableCMD', '0x0', 'REG_DWORD');
  assert.match(await content(), /cmd\.exe/);
  machine.windows.reg.set(key, 'DisableCMD', '0x2', 'REG_DWORD');
  assert.doesNotMatch(await content(), /cmd\.exe/);
});

test('what only the files tell is not said of the task, which may be gone by now (N27)', async () => {
  await using machine = await testMachine();
  await machine.place();
  await machine.backend.perform('register', service);
  await machine.system.exec.run(['schtasks', '/delete', '/tn', machine.task, '/f', '/hresult']);
  const seen = await machine.backend.observeFiles(service);
  assert.equal(seen.kind === 'registered' && seen.enabled, 'unknown');
});

test('a log-off is no restart, and a crash has its exit code (N25)', async () => {
  await using machine = await testMachine();
  const first = await machine.up();
  machine.windows.logoff();
  machine.windows.logon();
  const pid = await until('it answers after the login', async () => {
    const now = await machine.answering();
    return now === first ? undefined : now;
  });
  const found = await findEndpoint(machine.system, machine.roots, service);
  assert.equal(found.kind === 'live' && found.report.restarts, 0);
  process.kill(pid, 'SIGKILL');
  await until('the next host answers', async () => {
    const now = await machine.answering();
    return now === pid ? undefined : now;
  });
  const { lastExit } = await registered(machine);
  assert.deepEqual(lastExit, { kind: 'signal', signal: 'SIGKILL' });
});

test('a graceful stop needs no force', async () => {
  await using machine = await testMachine();
  await machine.up();
  await machine.backend.perform('stop', service);
  const used = machine.windows
    .calls()
    .filter(({ tool, args }) => tool === 'taskkill' || args.includes('/end'));
  assert.deepEqual(used, []);
});

test('what conhost left behind when its task was ended is found and stopped (W11)', async () => {
  await using machine = await testMachine();
  const pid = await machine.up();
  const { exec } = machine.system;
  await exec.run(['schtasks', '/end', '/tn', machine.task, '/hresult']);
  assert.equal(await machine.answering(), pid, 'the orphan still serves');
  await machine.backend.perform('stop', service);
  assert.equal(await machine.answering(), undefined);
  await gone(machine);
});

test('a pid that went to somebody else is left alone (X03)', async () => {
  await using machine = await testMachine();
  const pid = await machine.up();
  const found = await findEndpoint(machine.system, machine.roots, service);
  assert.ok(found.kind === 'live');
  for (const one of session(machine)) process.kill(one, 'SIGKILL');
  await gone(machine);
  // The file stays; its pid is that of a bystander now.
  const bystander = machine.system.exec.spawn([process.execPath, '-e', 'setInterval(() => {}, 1e6)'], {
    stdio: 'ignore',
  });
  const endpoint = { ...found.endpoint, pid: bystander.pid };
  await machine.system.files.write(found.path, JSON.stringify(endpoint), 0o600);
  await machine.backend.perform('stop', service);
  assert.equal(bystander.exitCode ?? bystander.signalCode, null);
  assert.ok(!machine.windows.calls().some(({ tool }) => tool === 'taskkill'));
  bystander.kill('SIGKILL');
  assert.ok(pid > 0);
});

test('a /run that was dropped is said again', async () => {
  await using machine = await testMachine();
  await machine.place();
  await machine.backend.perform('register', service);
  machine.windows.fault({ tool: 'schtasks', verb: '/run', effect: 'drop', times: 1 });
  await machine.backend.perform('start', service);
  await until('it answers', machine.answering);
  assert.equal(machine.schtasksCalls().filter(([verb]) => verb === '/run').length, 2);
});

test('start of what runs already starts nothing', async () => {
  await using machine = await testMachine();
  const pid = await machine.up();
  await machine.backend.perform('start', service);
  assert.equal(await machine.answering(), pid);
  assert.equal(machine.schtasksCalls().filter(([verb]) => verb === '/run').length, 1);
});

test('two users of one machine have two tasks, and neither sees the other (W17)', async () => {
  await using machine = await testMachine();
  await machine.up();
  const neighbour = machine.task.replace(machine.windows.sid, 'S-1-5-21-1-2-3-1002');
  const { definition } = machine.windows.task(machine.task) as { definition: object };
  machine.windows.plant(neighbour, '<Task><Actions><Exec><Command>x</Command></Exec></Actions></Task>', {
    owner: 'S-1-5-21-1-2-3-1002',
  });
  await machine.backend.perform('unregister', service);
  assert.deepEqual(machine.windows.taskNames(), [neighbour]);
  assert.ok(definition);
});

test('uninstall takes exactly its own task (W20)', async () => {
  await using machine = await testMachine();
  await machine.up();
  const neighbours = ['-2', '2', '.bak'].map((suffix) => `${machine.task}${suffix}`);
  for (const name of neighbours) {
    machine.windows.plant(name, '<Task><Actions><Exec><Command>x</Command></Exec></Actions></Task>');
  }
  await machine.backend.perform('unregister', service);
  assert.deepEqual(machine.windows.taskNames(), neighbours);
});

test('a port that is taken makes it move on and say where to (W16)', async () => {
  await using machine = await testMachine();
  const squatter = createServer().listen(0, '127.0.0.1');
  await until('the squatter listens', () => squatter.listening);
  const { port } = squatter.address() as { port: number };
  const { files, user, platform } = machine.system;
  const basis = portBasis(undefined, user.name, service, platform);
  await writePort(files, servicePaths(machine.roots, service), { basis, port });
  await machine.up();
  const found = await findEndpoint(machine.system, machine.roots, service);
  squatter.close();
  assert.ok(found.kind === 'live');
  assert.notEqual(found.endpoint.port, port);
});

test('the supervisor runs in the foreground of the task', async () => {
  await using machine = await testMachine();
  await machine.up();
  const word = await readSupervisor(machine.system.files, servicePaths(machine.roots, service));
  assert.equal(word?.ended, false);
  assert.ok(machine.windows.task(machine.task)?.process);
});

test('a schtasks call may take 15 seconds and no more (W19)', () => assert.equal(defaultTimeoutMs, 15_000));
