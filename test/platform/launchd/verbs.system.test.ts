import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { canLimitOpenFiles } from '../../simulators/launchd/index.ts';
import { until } from '../../support/until.ts';
import { alive, label, skipSimulator, startMac, untilProcess, untilUnit } from './mac.ts';

describe('the launchd backend, against the simulator', { skip: skipSimulator }, () => {
  test('knows a Mac it can use', async () => {
    await using mac = await startMac();
    assert.deepEqual(await mac.backend.available(), { kind: 'usable' });
    assert.deepEqual(await mac.backend.observe('memory'), { kind: 'absent' });
    assert.deepEqual(await mac.backend.observeFiles('memory'), { kind: 'absent' });
  });

  test('registers without starting, starts, stops, starts again and takes it away without a trace', async () => {
    await using mac = await startMac();
    const { backend } = mac;
    const gui = `gui/${mac.launchd.uid}`;
    const files = await backend.render(mac.spec());
    await backend.check(files);
    await mac.write();
    await mac.said();

    await backend.perform('register', 'memory');
    assert.deepEqual((await mac.said()).at(-1), `enable ${gui}/${label}`);
    assert.equal((await untilProcess(backend, 'stopped')).enabled, 'enabled');
    assert.deepEqual(await mac.started(), []);

    await backend.perform('start', 'memory');
    const running = await untilProcess(backend, 'running');
    assert.equal(running.path, mac.plist);
    assert.equal(running.needsReload, false);
    assert.equal(running.restarts, 0);
    const [pid = 0] = await mac.starts(1);
    assert.deepEqual(running.process, { kind: 'running', pid });

    await backend.perform('start', 'memory');
    assert.deepEqual(await mac.started(), [pid], 'starting what runs changes nothing');

    await backend.perform('stop', 'memory');
    assert.equal(alive(pid), false);
    assert.equal((await untilProcess(backend, 'stopped')).enabled, 'enabled', 'stopped is not disabled');
    await backend.perform('stop', 'memory');

    await backend.perform('start', 'memory');
    await untilProcess(backend, 'running');
    await backend.perform('unregister', 'memory');
    await mac.system.files.remove(mac.plist);
    await backend.perform('settle', 'memory');
    assert.deepEqual(await backend.observe('memory'), { kind: 'absent' });
    assert.equal(await mac.byHand('print', `${gui}/${label}`), 113);
    assert.equal((await mac.started()).some(alive), false);
  });

  test('shows the commands it will run, and runs them', async () => {
    await using mac = await startMac();
    await mac.write();
    await mac.said();
    for (const verb of ['register', 'start', 'restart', 'stop', 'settle'] as const) {
      await mac.backend.perform(verb, 'memory');
      const changing = (await mac.said()).filter((line) => !line.startsWith('print'));
      const shown = mac.backend.commands(verb, 'memory').map((argv) => argv.slice(1).join(' '));
      assert.deepEqual(changing, shown, verb);
    }
  });

  test('a changed plist is seen, not started by start, and put into effect by restart', async () => {
    await using mac = await startMac();
    await mac.install();
    await mac.write({ stopTimeoutSecs: 7 });
    await untilUnit(mac.backend, 'it needs a reload', (unit) => unit.needsReload);
    await mac.backend.perform('restart', 'memory');
    await untilUnit(
      mac.backend,
      'it is reloaded',
      (unit) => !unit.needsReload && unit.process.kind === 'running',
    );
    assert.equal((await mac.starts(2)).length, 2);
  });

  test('one that is not to start at login does not, and starts when told', async () => {
    await using mac = await startMac();
    const path = await mac.write({ startAtLogin: false });
    assert.deepEqual(mac.backend.unitPaths('memory'), [mac.plist, path]);
    await mac.backend.perform('register', 'memory');
    assert.equal((await untilProcess(mac.backend, 'stopped')).enabled, 'disabled');
    await mac.backend.perform('start', 'memory');
    assert.equal((await untilProcess(mac.backend, 'running')).path, path);
    await mac.launchd.reboot();
    await mac.launchd.login();
    await untilProcess(mac.backend, 'stopped');
    assert.equal((await mac.started()).length, 1);
  });

  test('asks launchd at once about what runs and whether it is disabled, and nothing without its manager (N17)', async () => {
    await using mac = await startMac();
    await mac.install();
    await mac.said();
    await mac.backend.observe('memory');
    const domain = `gui/${mac.launchd.uid}`;
    assert.deepEqual((await mac.said()).toSorted(), [`print ${domain}/${label}`, `print-disabled ${domain}`]);
    const unit = await mac.backend.observeFiles('memory');
    assert.equal(unit.kind === 'registered' && unit.process.kind, 'unknown');
    assert.deepEqual(await mac.said(), []);
  });

  test('asks launchd once about what does not run, where macOS shows its overrides', async () => {
    await using mac = await startMac();
    await mac.write();
    const record = join(mac.home, 'disabled.plist');
    const { files } = mac.system;
    const backend = mac.backendWith({
      files: { ...files, read: (path) => files.read(path.startsWith('/var/db/com.apple') ? record : path) },
    });
    for (const [value, enabled] of [
      ['<true/>', 'disabled'],
      ['<false/>', 'enabled'],
    ]) {
      await writeFile(record, `<plist version="1.0"><dict><key>${label}</key>${value}</dict></plist>`);
      await mac.said();
      assert.equal((await untilProcess(backend, 'stopped')).enabled, enabled);
      assert.deepEqual(await mac.said(), [`print gui/${mac.launchd.uid}/${label}`]);
      const unit = await backend.observeFiles('memory');
      assert.equal(unit.kind === 'registered' && unit.enabled, enabled);
    }
  });

  test('tells how it ended: by itself, by a signal', async () => {
    await using mac = await startMac({ timing: { throttleSecondMs: 0 } });
    await mac.install();
    process.kill((await mac.starts(1))[0] ?? 0, 'SIGUSR1');
    const killed = await untilUnit(mac.backend, 'it is back', (unit) => (unit.restarts ?? 0) === 1);
    assert.deepEqual(killed.lastExit, { kind: 'signal', signal: 'SIGUSR1' });
    process.kill((await mac.starts(2))[1] ?? 0, 'SIGTERM');
    const ended = await untilUnit(mac.backend, 'it is back again', (unit) => (unit.restarts ?? 0) === 2);
    assert.deepEqual(ended.lastExit, { kind: 'code', code: 0 });
  });

  test('M11: a log that grew is cut before the next start, the newest part kept', async () => {
    await using mac = await startMac();
    const log = join(mac.roots.logs, 'memory', 'launchd-stderr.log');
    await mac.system.files.write(log, `${'x'.repeat(2 * 1024 * 1024)}the end`, 0o600);
    await mac.install();
    const { size, mode } = await stat(log);
    assert.equal(size, 64 * 1024);
    assert.equal(mode & 0o777, 0o600);
    assert.ok((await readFile(log, 'utf8')).endsWith('the end'));
  });

  test('M18: the job may open 8192 files', {
    skip: canLimitOpenFiles ? false : 'prlimit is not installed',
  }, async () => {
    await using mac = await startMac();
    const script = join(mac.home, 'limits.sh');
    await writeFile(
      script,
      'ulimit -S -n > "$HOME/limit"; umask > "$HOME/umask"; echo > "$HOME/ready"; sleep 1000 & wait',
    );
    await mac.install({ argv: ['/bin/sh', script] });
    const { files } = mac.system;
    await until(
      'it told its limits',
      async () => (await files.inspect(join(mac.home, 'ready'))).kind === 'file',
    );
    assert.equal((await readFile(join(mac.home, 'limit'), 'utf8')).trim(), '8192');
    assert.equal((await readFile(join(mac.home, 'umask'), 'utf8')).trim(), '0077');
  });
});
