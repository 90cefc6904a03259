import assert from 'node:assert/strict';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { alive, label, skipSimulator, startMac, untilProcess } from './mac.ts';

describe('logins and logouts', { skip: skipSimulator }, () => {
  test('ends at logout, starts at login', async () => {
    await using mac = await startMac();
    await mac.install();
    const [pid = 0] = await mac.starts(1);
    await mac.launchd.logout();
    assert.equal(alive(pid), false);
    // For all that is known it should run, so its own domain is asked, and that is gone.
    assert.equal((await untilProcess(mac.backend, 'stopped')).enabled, 'unknown');
    await mac.toldToEnd();
    assert.equal((await untilProcess(mac.backend, 'stopped')).enabled, 'enabled');
    await mac.launchd.login();
    await untilProcess(mac.backend, 'running');
    assert.equal((await mac.starts(2)).length, 2);
  });

  test('starts at the first login after a reboot', async () => {
    await using mac = await startMac();
    await mac.install();
    await mac.starts(1);
    await mac.launchd.reboot();
    assert.equal((await mac.started()).some(alive), false);
    await mac.launchd.login();
    await untilProcess(mac.backend, 'running');
  });

  test('before any login there is no domain: an error that says so, and an observation that is not a guess', async () => {
    await using mac = await startMac({ session: 'none' });
    await mac.write();
    const refused = {
      kind: 'refused',
      reason: `launchd has no session for user ${mac.launchd.uid}: log in first`,
    };
    assert.deepEqual(await mac.backend.available(), refused);
    await assert.rejects(mac.backend.perform('start', 'memory'), {
      kind: 'no-manager',
      message: refused.reason,
    });
    const unit = await mac.backend.observe('memory');
    assert.equal(unit.kind === 'registered' && unit.enabled, 'unknown');
    assert.equal(unit.kind === 'registered' && unit.process.kind, 'stopped');
  });

  test('while the session starts nothing by itself, start asks for it, and without it it waits', async () => {
    await using mac = await startMac({ session: 'early' });
    await mac.write();
    await mac.backend.perform('register', 'memory');
    assert.equal(await mac.byHand('bootstrap', `gui/${mac.launchd.uid}`, mac.plist), 0);
    const waiting = await untilProcess(mac.backend, 'waiting');
    assert.equal(waiting.enabled, 'enabled');
    assert.deepEqual(await mac.started(), []);
    await mac.backend.perform('start', 'memory');
    await untilProcess(mac.backend, 'running');
    await mac.backend.perform('restart', 'memory');
    await untilProcess(mac.backend, 'running');
    await mac.launchd.settle();
    assert.equal((await mac.starts(2)).length, 2);
  });

  test('one that waits for the session starts when the login is through', async () => {
    await using mac = await startMac();
    await mac.write();
    await mac.backend.perform('register', 'memory');
    await mac.launchd.reboot();
    await mac.launchd.login('early');
    await untilProcess(mac.backend, 'waiting');
    await mac.launchd.settle();
    await untilProcess(mac.backend, 'running');
  });

  test('a job that launchd forgot to start at load is asked for', async () => {
    await using mac = await startMac();
    await mac.launchd.fault({ forgetLoad: true });
    await mac.install();
    await untilProcess(mac.backend, 'running');
    const kicks = (await mac.said()).filter((line) => line.startsWith('kickstart'));
    assert.deepEqual(kicks, [`kickstart gui/${mac.launchd.uid}/${label}`]);
  });

  test('a linked plist, which login passes over, is not taken for ours', async () => {
    await using mac = await startMac({ session: 'none' });
    const kept = join(mac.home, 'kept.plist');
    const [file] = await mac.backend.render(mac.spec());
    await mac.system.files.write(kept, file?.content ?? '', 0o644);
    await mac.system.files.makeDirectory(join(mac.home, 'Library', 'LaunchAgents'));
    await symlink(kept, mac.plist);
    await mac.launchd.login();
    assert.equal(await mac.byHand('print', `gui/${mac.launchd.uid}/${label}`), 113);
    const reason = `it is a link to ${kept}`;
    assert.deepEqual(await mac.backend.observe('memory'), { kind: 'foreign', path: mac.plist, reason });
  });

  test('an idle job with an older definition is not started: the one on disk is', async () => {
    await using mac = await startMac({ session: 'early' });
    await mac.write();
    await mac.backend.perform('register', 'memory');
    assert.equal(await mac.byHand('bootstrap', `gui/${mac.launchd.uid}`, mac.plist), 0);
    await mac.write({ stopTimeoutSecs: 7 });
    await mac.backend.perform('start', 'memory');
    assert.equal((await untilProcess(mac.backend, 'running')).needsReload, false);
  });

  test('M03: that it runs in the background is said', async () => {
    await using mac = await startMac({ session: 'ssh' });
    await mac.install();
    const note = `runs in user/${mac.launchd.uid}, without a graphical session`;
    assert.equal((await untilProcess(mac.backend, 'running')).note, note);
    const glanced = await mac.backend.observeFiles('memory');
    assert.equal(glanced.kind === 'registered' && glanced.note, note);
    await mac.launchd.login('gui');
    await mac.backend.perform('restart', 'memory');
    assert.equal((await untilProcess(mac.backend, 'running')).note, undefined);
  });
});
