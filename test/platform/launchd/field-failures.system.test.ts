import assert from 'node:assert/strict';
import { chmod, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { MemorydError } from '../../../src/errors.ts';
import type { RegisteredUnit } from '../../../src/service/unit.ts';
import { until } from '../../support/until.ts';
import { alive, label, skipSimulator, startMac, untilProcess, untilUnit } from './mac.ts';

describe('what breaks per-user services on a Mac', { skip: skipSimulator }, () => {
  test('M01: restarts over a slow death, and the new one comes after the old one is gone', async () => {
    await using mac = await startMac();
    await mac.mode('slow');
    await mac.install();
    const [old = 0] = await mac.starts(1);
    await mac.backend.perform('restart', 'memory');
    assert.equal(alive(old), false);
    assert.equal((await mac.starts(2)).length, 2);
    const said = await mac.said();
    assert.equal(said.filter((line) => line.startsWith('bootstrap')).length, 2, 'none of them was refused');
  });

  test('M01: a process deaf to SIGTERM is killed by launchd after the exit timeout, and waited for', async () => {
    await using mac = await startMac();
    await mac.mode('deaf');
    await mac.install({ stopTimeoutSecs: 5 });
    const [pid = 0] = await mac.starts(1);
    await mac.backend.perform('stop', 'memory');
    assert.equal(alive(pid), false);
  });

  test('M01: a bootstrap refused with 5 or 37 is tried again', async () => {
    for (const busyCode of [5, 37] as const) {
      await using mac = await startMac();
      await mac.launchd.fault({ refuseBootstrap: 3, busyCode });
      await mac.install();
      await untilProcess(mac.backend, 'running');
    }
  });

  test('M01: one that is refused to the end says so in the words of launchd', async () => {
    await using mac = await startMac();
    await mac.write();
    await mac.launchd.fault({ refuseBootstrap: 1000 });
    const backend = mac.backendWith({}, { retryMs: 3000 });
    await assert.rejects(backend.perform('start', 'memory'), {
      kind: 'failed',
      words: /^Bootstrap failed: 5: Input\/output error/,
    });
    assert.ok((await mac.said()).filter((line) => line.startsWith('bootstrap')).length > 1);
  });

  test('M01: bootout that answers 36 is waited for, too', async () => {
    await using mac = await startMac();
    await mac.install();
    await mac.launchd.fault({ bootoutGoing: true });
    await mac.backend.perform('restart', 'memory');
    assert.equal((await mac.starts(2)).length, 2);
  });

  test('M02: what the user disabled is reported as that, stays so over logins, and an install enables it', async () => {
    await using mac = await startMac();
    await mac.install();
    await mac.backend.perform('stop', 'memory');
    assert.equal(await mac.byHand('disable', `gui/${mac.launchd.uid}/${label}`), 0);
    assert.equal((await untilProcess(mac.backend, 'stopped')).enabled, 'disabled');
    await mac.launchd.reboot();
    await mac.launchd.login();
    assert.equal((await untilProcess(mac.backend, 'stopped')).enabled, 'disabled');
    await mac.backend.perform('register', 'memory');
    await mac.backend.perform('start', 'memory');
    assert.equal((await untilProcess(mac.backend, 'running')).enabled, 'enabled');
  });

  test('M02: enable stands before every bootstrap, disable nowhere', async () => {
    await using mac = await startMac();
    await mac.install();
    await mac.backend.perform('restart', 'memory');
    await mac.backend.perform('stop', 'memory');
    const said = await mac.said();
    const verbs = said.map((line) => line.split(' ')[0]);
    for (const [at, verb] of verbs.entries()) {
      if (verb === 'bootstrap') assert.equal(verbs[at - 1], 'enable');
    }
    assert.equal(verbs.includes('disable'), false);
  });

  test('M03: over SSH it runs in the background domain, however the missing screen session is answered', async () => {
    for (const noGuiCode of [112, 125] as const) {
      await using mac = await startMac({ session: 'ssh' });
      await mac.launchd.fault({ noGuiCode });
      assert.deepEqual(await mac.backend.available(), { kind: 'usable' });
      await mac.install();
      await untilProcess(mac.backend, 'running');
      assert.equal(await mac.byHand('print', `user/${mac.launchd.uid}/${label}`), 0);
      await mac.backend.perform('restart', 'memory');
      await mac.backend.perform('stop', 'memory');
      assert.equal((await untilProcess(mac.backend, 'stopped')).enabled, 'enabled');
    }
  });

  test('M04: stop and status find it wherever it was started', async () => {
    await using mac = await startMac({ session: 'ssh' });
    await mac.install();
    const [first = 0] = await mac.starts(1);
    await mac.launchd.login('gui');
    const found = await untilProcess(mac.backend, 'running');
    assert.equal(found.process.kind, 'running');
    await mac.backend.perform('stop', 'memory');
    assert.equal(alive(first), false);
    assert.equal((await mac.started()).some(alive), false, 'neither domain runs it');
    for (const domain of ['gui', 'user']) {
      assert.equal(await mac.byHand('print', `${domain}/${mac.launchd.uid}/${label}`), 113);
    }
    await untilProcess(mac.backend, 'stopped');
  });

  test('M04: one that was started over SSH is found after it came back at the screen', async () => {
    await using mac = await startMac({ session: 'ssh' });
    await mac.install();
    await mac.launchd.reboot();
    await mac.launchd.login('gui');
    await untilProcess(mac.backend, 'running');
  });

  test('M05: a job that dies at once is no success', async () => {
    await using mac = await startMac({ timing: { throttleSecondMs: 1000, xpcproxyMs: 500 } });
    await mac.mode('crash');
    await mac.write();
    await assert.rejects(mac.backend.perform('start', 'memory'), { kind: 'failed', message: /exit 3/ });
  });

  test('M06: a program that is not there is no success, and says 78', async () => {
    await using mac = await startMac();
    await mac.write({ argv: ['/nowhere/node', '/nowhere/memoryd.cjs'] });
    await assert.rejects(mac.backend.perform('start', 'memory'), { kind: 'failed', message: /exit 78/ });
    const unit = await untilProcess(mac.backend, 'failed');
    assert.deepEqual(unit.lastExit, { kind: 'code', code: 78, meaning: 'EX_CONFIG' });
  });

  test('M09: a clean exit brings it back', async () => {
    await using mac = await startMac();
    await mac.install();
    const [pid = 0] = await mac.starts(1);
    process.kill(pid, 'SIGTERM');
    await mac.starts(2);
  });

  test('M10: a crash loop is told with its count and reason, apart from a throttle', async () => {
    await using mac = await startMac({ timing: { throttleSecondMs: 30 } });
    await mac.install();
    await mac.mode('crash');
    process.kill((await mac.starts(1))[0] ?? 0, 'SIGKILL');
    const waits = (unit: RegisteredUnit, reason: RegExp) =>
      unit.process.kind === 'waiting' && reason.test(unit.process.reason);
    const looping = await untilUnit(
      mac.backend,
      'it crashed a few times',
      (unit) => (unit.restarts ?? 0) > 2 && waits(unit, /^exit 3/),
    );
    assert.deepEqual(looping.lastExit, { kind: 'code', code: 3 });
    await mac.mode('done');
    const throttled = await untilUnit(mac.backend, 'it ends by itself', (unit) => waits(unit, /^it exited/));
    assert.deepEqual(throttled.lastExit, { kind: 'code', code: 0 });
  });

  test('M10: start does not wait behind a throttle', async () => {
    await using mac = await startMac({ timing: { throttleSecondMs: 60_000 } });
    await mac.mode('crash');
    await mac.write();
    await assert.rejects(mac.backend.perform('start', 'memory'), { message: /exit 3/ });
    await mac.mode('well');
    await mac.backend.perform('start', 'memory');
    await untilProcess(mac.backend, 'running');
  });

  test('M12: what it says when it dies is in a file of its own, private', async () => {
    await using mac = await startMac();
    await mac.mode('crash');
    await mac.write();
    await assert.rejects(mac.backend.perform('start', 'memory'));
    const file = join(mac.roots.logs, 'memory', 'launchd-stderr.log');
    await until('it wrote its last words', async () =>
      (await readFile(file, 'utf8')).includes('cannot go on'),
    );
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  });

  test('M13: a fresh account without LaunchAgents and Logs gets them', async () => {
    await using mac = await startMac();
    await assert.rejects(stat(join(mac.home, 'Library')), { code: 'ENOENT' });
    await mac.install();
    await untilProcess(mac.backend, 'running');
    assert.equal((await stat(mac.plist)).mode & 0o777, 0o644);
  });

  test('M14: a job of the same label for the whole Mac is refused before anything is written or started', async () => {
    await using mac = await startMac();
    await mac.launchd.addSystemJob(label);
    const refusal = { kind: 'configuration', hint: `sudo launchctl bootout system/${label}` };
    await assert.rejects(mac.backend.check(await mac.backend.render(mac.spec())), refusal);
    await mac.write();
    for (const verb of ['register', 'start', 'restart'] as const) {
      await assert.rejects(mac.backend.perform(verb, 'memory'), refusal);
    }
    assert.deepEqual(await mac.started(), []);
  });

  test("M14: its plist alone makes the unit somebody else's", async () => {
    await using mac = await startMac();
    await mac.write();
    const { files } = mac.system;
    const there = `/Library/LaunchDaemons/${label}.plist`;
    const backend = mac.backendWith({
      files: { ...files, inspect: (path) => files.inspect(path === there ? mac.plist : path) },
    });
    const unit = { kind: 'foreign', path: there, reason: 'a job with the same label runs for the whole Mac' };
    assert.deepEqual(await backend.observe('memory'), unit);
    assert.deepEqual(await backend.observeFiles('memory'), unit);
  });

  test('M15: every version of the output is understood', async () => {
    for (const profile of ['10.14', '13', '26', '27'] as const) {
      await using mac = await startMac({ profile });
      await mac.install();
      await untilProcess(mac.backend, 'running');
      await mac.byHand('disable', `gui/${mac.launchd.uid}/${label}`);
      await mac.backend.perform('stop', 'memory');
      assert.equal((await untilProcess(mac.backend, 'stopped')).enabled, 'disabled', profile);
    }
  });

  test('M16: the job finds the environment of a fresh login and what its plist says, nothing else', async () => {
    await using mac = await startMac({ tmpdir: false });
    await mac.install();
    await mac.starts(1);
    const text = await readFile(join(mac.home, 'environment'), 'utf8');
    // An empty one is what the plist sets, over whatever `launchctl setenv` holds.
    const names = text.split('\n').flatMap((entry) => (entry.endsWith('=') ? [] : [entry.split('=')[0]]));
    for (const name of ['TMPDIR', 'HTTPS_PROXY', 'NODE_OPTIONS', 'LANG'])
      assert.equal(names.includes(name), false, name);
    assert.ok(text.includes('MEMORYD_SERVICE=memory\n'));
  });

  test('N13: what launchd did not load at login is told, with where to look', async () => {
    await using mac = await startMac();
    await mac.install();
    assert.equal(await mac.byHand('bootout', `gui/${mac.launchd.uid}/${label}`), 0);
    const unit = await untilProcess(mac.backend, 'stopped');
    assert.match(unit.note ?? '', /has not loaded it: .* Login Items$/);
    await mac.backend.perform('start', 'memory');
    await mac.backend.perform('stop', 'memory');
    await mac.toldToEnd();
    assert.equal((await untilProcess(mac.backend, 'stopped')).note, undefined, 'stopped by memoryd');
  });

  test('N13: a job that launchd cannot start ends in one line and a way, not in its description', async () => {
    await using mac = await startMac();
    await assert.rejects(
      mac.install({ argv: [join(mac.home, 'gone')] }),
      (error) =>
        error instanceof MemorydError &&
        /Login Items/.test(error.message) &&
        error.words === undefined &&
        error.hint?.startsWith('open ') === true,
    );
  });

  test('N16: the promise of an install fits the session and the definition', async () => {
    await using mac = await startMac({ session: 'ssh' });
    await mac.install();
    assert.match(await mac.backend.guarantee('memory'), /^starts at login; .*outlives an SSH session$/);
    await mac.backend.perform('unregister', 'memory');
    await mac.system.files.remove(mac.plist);
    await mac.install({ startAtLogin: false });
    assert.match(await mac.backend.guarantee('memory'), /^does not start at login/);
  });

  test('N17: disabled, or a plist that others may write, is shown while it still runs', async () => {
    await using mac = await startMac();
    await mac.install();
    assert.equal(await mac.byHand('disable', `gui/${mac.launchd.uid}/${label}`), 0);
    await chmod(mac.plist, 0o666);
    const unit = await untilProcess(mac.backend, 'running');
    assert.equal(unit.enabled, 'disabled');
    assert.match(unit.note ?? '', /others may write it: chmod 644 /);
    const quick = await mac.backend.observeFiles('memory');
    assert.match(quick.kind === 'registered' ? (quick.note ?? '') : '', /others may write it/);
  });

  test('M17: a restart is one of its own: out, drained, in again; never stop and start, never kickstart -k', async () => {
    await using mac = await startMac();
    await mac.install();
    await mac.said();
    await mac.backend.perform('restart', 'memory');
    const gui = `gui/${mac.launchd.uid}`;
    const said = (await mac.said()).filter((line) => !line.startsWith('print'));
    assert.deepEqual(said, [
      `bootout ${gui}/${label}`,
      `enable ${gui}/${label}`,
      `bootstrap ${gui} ${mac.plist}`,
    ]);
  });
});
