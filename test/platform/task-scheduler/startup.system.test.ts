import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { startupLink } from '../../../src/platform/task-scheduler/names.ts';
import { marked } from '../../simulators/windows/processes.ts';
import { readShortcut } from '../../simulators/windows/shell-link.ts';
import { until } from '../../support/until.ts';
import { service, type TestMachine, testMachine } from './machine.ts';

const denied = 0x80070005;
const forbidden = 0x800704ec;

const linkOf = ({ windows }: TestMachine) => startupLink(windows.env.APPDATA as string, service);
const session = ({ windows }: TestMachine) => marked(`WINDOWS_SESSION=${windows.env.WINDOWS_SESSION}`);

for (const [why, code] of [
  ['denies', denied],
  ['is forbidden by a policy', forbidden],
] as const) {
  test(`where Task Scheduler ${why}, the Startup folder starts it at login`, async () => {
    await using machine = await testMachine({ locale: 'zh' });
    machine.windows.fault({ tool: 'schtasks', verb: '/create', effect: code });
    const pid = await machine.up();
    assert.deepEqual(machine.windows.taskNames(), []);
    const link = readShortcut(await readFile(linkOf(machine)));
    assert.equal(link.target, 'C:\\Windows\\System32\\conhost.exe');

    const before = machine.windows.calls().length;
    const seen = await machine.backend.observe(service);
    assert.equal(machine.windows.calls().length, before, 'no command is needed to look');
    assert.ok(seen.kind === 'registered');
    assert.equal(seen.path, linkOf(machine));
    assert.deepEqual([seen.enabled, seen.needsReload], ['enabled', false]);
    assert.deepEqual(seen.process, { kind: 'running', pid });

    machine.windows.logoff();
    assert.deepEqual(session(machine), []);
    machine.windows.logon();
    const next = await until('it answers after login', machine.answering);
    assert.notEqual(next, pid);

    await machine.backend.perform('restart', service);
    await until('it answers after the restart', machine.answering);
    await machine.backend.perform('stop', service);
    await until('nothing is left', () => session(machine).length === 0);
    machine.windows.tick(10);
    assert.deepEqual(session(machine), []);

    await machine.backend.perform('unregister', service);
    assert.deepEqual(await readdir(join(linkOf(machine), '..')), []);
    assert.deepEqual(await machine.backend.observe(service), { kind: 'absent' });
  });
}

for (const [what, effect] of [
  ['is stopped', 0x80041315],
  ['cannot be reached', 0x800706ba],
] as const) {
  test(`where Task Scheduler ${what}, an install uses the Startup folder, and a later one the task (N19, N20)`, async () => {
    await using machine = await testMachine();
    const { backend } = machine;
    const mend = machine.windows.fault({ tool: 'schtasks', effect });
    assert.equal((await backend.available()).kind, 'usable');
    assert.deepEqual(await backend.observe(service), { kind: 'absent' });
    await machine.up();
    const linked = await backend.observe(service);
    assert.ok(linked.kind === 'registered' && linked.provisional !== undefined, JSON.stringify(linked));
    assert.match(await backend.guarantee(service), /Startup folder.*nothing restarts its supervisor/);
    mend();
    const pid = await machine.answering();
    await backend.perform('register', service);
    const seen = await backend.observe(service);
    assert.deepEqual(
      [seen.kind, 'provisional' in seen, machine.windows.taskNames()],
      ['registered', false, [machine.task]],
    );
    assert.equal(await machine.answering(), pid, 'it runs on');
    assert.match(await backend.guarantee(service), /every five minutes/);
  });
}

test('a task of a Task Scheduler that stopped later is told, and an install may register it anew (N19)', async () => {
  await using machine = await testMachine();
  await machine.place();
  await machine.backend.perform('register', service);
  machine.windows.fault({ tool: 'schtasks', effect: 0x80041322 });
  const seen = await machine.backend.observe(service);
  assert.ok(seen.kind === 'registered' && !seen.needsReload);
  assert.match(seen.provisional ?? '', /cannot be used: .*0x80041322/);
});

test('what the user stopped stays down at the next login (W14)', async () => {
  await using machine = await testMachine();
  machine.windows.fault({ tool: 'schtasks', verb: '/create', effect: denied });
  await machine.up();
  await machine.backend.perform('stop', service);
  machine.windows.logoff();
  machine.windows.logon();
  await until('the supervisor came and went', () => session(machine).length === 0);
  assert.equal(await machine.answering(), undefined);
});

test('once Task Scheduler agrees, a task takes the place of the shortcut', async () => {
  await using machine = await testMachine();
  await machine.place();
  machine.windows.fault({ tool: 'schtasks', verb: '/create', effect: denied, times: 1 });
  await machine.backend.perform('register', service);
  assert.deepEqual(machine.windows.taskNames(), []);
  await machine.backend.perform('register', service);
  assert.deepEqual(machine.windows.taskNames(), [machine.task]);
  assert.deepEqual(await readdir(join(linkOf(machine), '..')), []);
});

test('a shortcut to another program is stale', async () => {
  await using machine = await testMachine();
  await machine.place();
  machine.windows.fault({ tool: 'schtasks', verb: '/create', effect: denied });
  await machine.backend.perform('register', service);
  await machine.place({ argv: [process.execPath, 'other.js', 'host', service] });
  const seen = await machine.backend.observe(service);
  assert.ok(seen.kind === 'registered' && seen.needsReload);
});

test('a shortcut cannot stand in for a task that only starts on purpose', async () => {
  await using machine = await testMachine();
  await machine.place({ startAtLogin: false });
  machine.windows.fault({ tool: 'schtasks', verb: '/create', effect: denied });
  await assert.rejects(machine.backend.perform('register', service), { kind: 'permission' });
  assert.deepEqual(await readdir(join(linkOf(machine), '..')), []);
});

test('a task that is not accepted is no reason to go round Task Scheduler', async () => {
  await using machine = await testMachine();
  await machine.place();
  machine.windows.fault({ tool: 'schtasks', verb: '/create', effect: 0x8004131a });
  await assert.rejects(machine.backend.perform('register', service), { kind: 'failed' });
  assert.deepEqual(await readdir(join(linkOf(machine), '..')), []);
});
