import assert from 'node:assert/strict';
import test from 'node:test';
import { MemorydError } from '../../../src/errors.ts';
import { servicePaths } from '../../../src/layout.ts';
import type { Verb } from '../../../src/service/unit.ts';
import { service, type TestMachine, testMachine } from './machine.ts';

async function failure(work: Promise<unknown>): Promise<MemorydError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof MemorydError, String(error));
    return error;
  }
  return assert.fail('nothing was thrown');
}

const prepared = async (machine: TestMachine) => {
  await machine.place();
  await machine.backend.perform('register', service);
};

test('without schtasks there is no Task Scheduler here', async () => {
  await using machine = await testMachine();
  machine.windows.fault({ tool: 'schtasks', effect: 'missing' });
  const availability = await machine.backend.available();
  assert.equal(availability.kind, 'absent');
  assert.match('reason' in availability ? availability.reason : '', /schtasks/);
});

test('a whoami that does not know SIDs makes it refused', async () => {
  await using machine = await testMachine();
  // The one of coreutils is behind it on PATH.
  machine.windows.fault({ tool: 'whoami', effect: 'missing' });
  const availability = await machine.backend.available();
  assert.equal(availability.kind, 'refused');
  assert.equal('hint' in availability ? availability.hint : '', 'whoami /user');
});

test('a tool that goes missing later is named, with an exit code of its own', async () => {
  await using machine = await testMachine();
  await prepared(machine);
  machine.windows.fault({ tool: 'schtasks', effect: 'missing' });
  for (const verb of ['register', 'start', 'stop', 'unregister'] as const satisfies Verb[]) {
    const error = await failure(machine.backend.perform(verb, service));
    assert.equal(error.exitCode, 69, verb);
    assert.match(error.message, /schtasks/);
  }
  const seen = await machine.backend.observe(service);
  assert.match(seen.kind === 'unknown' ? seen.reason : '', /schtasks/);
});

test('a schtasks that hangs is given up on, and nothing is left half done (W19)', async () => {
  await using machine = await testMachine({ timing: { settleMs: 500 } });
  await prepared(machine);
  const mend = machine.windows.fault({ tool: 'schtasks', effect: 'hang' });
  const started = performance.now();
  const error = await failure(machine.backend.perform('start', service));
  assert.match(error.message, /schtasks did not answer within 4 s/);
  assert.equal(error.exitCode, 69);
  assert.deepEqual(await machine.backend.observe(service), {
    kind: 'unknown',
    reason: error.message,
    silent: true,
  });
  assert.equal((await machine.backend.available()).kind, 'refused');
  // Three times the limit of this test, which is a quarter of the real one.
  assert.ok(performance.now() - started < 15_000);
  mend();
  const seen = await machine.backend.observe(service);
  assert.equal(seen.kind, 'registered');
});

test('a whoami that hangs makes it refused, not absent (W19)', async () => {
  await using machine = await testMachine();
  machine.windows.fault({ tool: 'whoami', effect: 'hang' });
  const availability = await machine.backend.available();
  assert.equal(availability.kind, 'refused');
});

test('a task that an elevated prompt made is not replaced, and denied is not foreign (W01, W20, N04)', async () => {
  for (const locale of ['en', 'zh'] as const) {
    await using machine = await testMachine({ locale });
    machine.windows.plant(machine.task, '<Task><Actions><Exec><Command>x</Command></Exec></Actions></Task>', {
      closed: true,
    });
    const seen = await machine.backend.observe(service);
    assert.equal(seen.kind, 'unknown');
    assert.match(seen.kind === 'unknown' ? (seen.denied ?? '') : '', /^schtasks \/delete/);
    await machine.place();
    const error = await failure(machine.backend.perform('register', service));
    assert.equal(error.exitCode, 77);
    assert.match(error.hint ?? '', /schtasks \/delete/);
    // No second start at login beside it.
    const glance = await machine.backend.observeFiles(service);
    assert.match(glance.kind === 'registered' ? glance.path : '', /task\.xml$/);
  }
});

/** Registers the task anew from an elevated prompt, while it runs. */
async function close(machine: TestMachine): Promise<void> {
  const [unit] = await machine.backend.render(machine.spec());
  machine.windows.plant(machine.task, unit?.content.replace(/^<\?xml.*\?>/, '') ?? '', { closed: true });
}

test('a task of an elevated prompt: a restart is refused before it stops anything, a stop works (N23)', async () => {
  await using machine = await testMachine();
  const pid = await machine.up();
  await close(machine);
  const error = await failure(machine.backend.perform('restart', service));
  assert.equal(error.exitCode, 77);
  assert.equal(error.hint, `schtasks /delete /tn "${machine.task}" /f`);
  assert.match(error.message, /elevated prompt/);
  assert.equal(await machine.answering(), pid);
  await machine.backend.perform('stop', service);
  assert.equal(await machine.answering(), undefined);
});

test('a task that cannot be deleted is named, and not taken for deleted (N04)', async () => {
  await using machine = await testMachine();
  await prepared(machine);
  await close(machine);
  const denied = await failure(machine.backend.perform('unregister', service));
  assert.equal(denied.exitCode, 77);
  assert.ok(denied.message.includes(machine.task), denied.message);
  machine.windows.fault({ tool: 'schtasks', verb: '/delete', effect: 0x80041315 });
  // Before an install is complete there can be no task, and its undo must not fail.
  await machine.backend.perform('unregister', service);
  const { receipt } = servicePaths(machine.roots, service);
  await machine.system.files.write(receipt, '{}', 0o600);
  const off = await failure(machine.backend.perform('unregister', service));
  assert.match(off.message, /0x80041315/);
});

test('a task of our name that does something else is foreign, and stays', async () => {
  await using machine = await testMachine();
  await machine.backend.available();
  const principal = `<Principals><Principal><UserId>${machine.windows.sid}</UserId></Principal></Principals>`;
  machine.windows.plant(
    machine.task,
    `<Task>${principal}<Actions><Exec><Command>C:\\other.exe</Command></Exec></Actions></Task>`,
  );
  const seen = await machine.backend.observe(service);
  assert.equal(seen.kind, 'foreign');
  assert.match(seen.kind === 'foreign' ? seen.reason : '', /other\.exe/);
});

test('a task that is not accepted is refused in the words of Task Scheduler (X08)', async () => {
  await using machine = await testMachine();
  const { task, system, roots } = machine;
  await machine.place();
  const path = `${servicePaths(roots, service).state}/task.xml`;
  const wrong = [
    ['8-bit', Buffer.from('<?xml version="1.0" encoding="UTF-16"?><Task/>'), /0x8004131A/],
    ['no XML', Buffer.from('\ufeff<Task', 'utf16le'), /0x8004131A/],
    ['no namespace', Buffer.from('\ufeff<Task/>', 'utf16le'), /0x80041317/],
  ] as const;
  for (const [what, bytes, code] of wrong) {
    await system.files.write(path, bytes, 0o600);
    const error = await failure(machine.backend.perform('register', service));
    assert.equal(error.exitCode, 1, what);
    assert.match(error.message, code, what);
    assert.match(error.words ?? '', /malformed/, what);
    assert.equal(machine.windows.task(task), undefined);
  }
});

test('a unit file that is damaged is drift, and a missing one too', async () => {
  await using machine = await testMachine();
  await prepared(machine);
  const path = `${servicePaths(machine.roots, service).state}/task.xml`;
  await machine.system.files.write(path, 'not a task', 0o600);
  const damaged = await machine.backend.observe(service);
  assert.ok(damaged.kind === 'registered' && damaged.needsReload);
  await machine.system.files.remove(path);
  const missing = await machine.backend.observe(service);
  assert.ok(missing.kind === 'registered' && missing.needsReload);
});

test('a task that the user disabled is no drift, is not started, and says how to enable it (N22)', async () => {
  await using machine = await testMachine();
  await prepared(machine);
  machine.windows.setEnabled(machine.task, false);
  const seen = await machine.backend.observe(service);
  assert.ok(seen.kind === 'registered' && seen.enabled === 'disabled' && !seen.needsReload);
  assert.equal(seen.provisional, 'the task is disabled in task scheduler');
  machine.windows.logoff();
  machine.windows.logon();
  machine.windows.tick(10);
  assert.equal(machine.windows.task(machine.task)?.lastRun, undefined);
  const error = await failure(machine.backend.perform('start', service));
  assert.match(error.message, /disabled/);
  assert.equal(error.hint, `schtasks /change /tn "${machine.task}" /enable`);
  await machine.backend.perform('register', service);
  const again = await machine.backend.observe(service);
  assert.ok(again.kind === 'registered' && again.enabled === 'enabled');
});

test('a disabled task that runs is not stopped for a restart that cannot work (N22)', async () => {
  await using machine = await testMachine();
  const pid = await machine.up();
  machine.windows.setEnabled(machine.task, false);
  const error = await failure(machine.backend.perform('restart', service));
  assert.equal(error.hint, `schtasks /change /tn "${machine.task}" /enable`);
  assert.equal(await machine.answering(), pid);
});

test('starting what is not installed says so', async () => {
  await using machine = await testMachine();
  const error = await failure(machine.backend.perform('start', service));
  assert.equal(error.exitCode, 4);
  assert.match(error.hint ?? '', /memoryd install/);
});

test('a lost task is absent, and stopping or removing it again is fine', async () => {
  await using machine = await testMachine();
  await machine.up();
  await machine.system.exec.run(['schtasks', '/delete', '/tn', machine.task, '/f', '/hresult']);
  assert.deepEqual(await machine.backend.observe(service), { kind: 'absent' });
  await machine.backend.perform('stop', service);
  assert.equal(await machine.answering(), undefined);
  await machine.backend.perform('unregister', service);
  await machine.backend.perform('unregister', service);
});

test('a start that never takes is an error with the last result', async () => {
  await using machine = await testMachine({ timing: { startMs: 800 } });
  await prepared(machine);
  machine.windows.fault({ tool: 'schtasks', verb: '/run', effect: 'drop' });
  const error = await failure(machine.backend.perform('start', service));
  assert.match(error.message, /nothing runs; last result: has never run/);
});

test('a process that cannot be ended is said to live on (X02)', async () => {
  await using machine = await testMachine({ timing: { endMs: 500 } });
  const pid = await machine.up();
  machine.windows.fault({ tool: 'taskkill', effect: 5 });
  process.kill(pid, 'SIGSTOP');
  const error = await failure(machine.backend.perform('stop', service));
  assert.equal(error.exitCode, 77);
  assert.match(error.hint ?? '', /^taskkill \/pid \d+ \/t \/f$/);
});
