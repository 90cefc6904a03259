import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { systemExec } from '../../../src/system/exec.ts';
import { label, type Mac, skipSimulator, startMac, untilProcess } from './mac.ts';

const verbs = ['register', 'start', 'restart'] as const;

async function assertUntouched(mac: Mac): Promise<void> {
  assert.deepEqual(await mac.started(), []);
  for (const domain of ['gui', 'user']) {
    assert.equal(await mac.byHand('print', `${domain}/${mac.launchd.uid}/${label}`), 113);
  }
}

const foreignPlist = `<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict>
<key>Label</key><string>${label}</string>
<key>ProgramArguments</key><array><string>/bin/sleep</string><string>1000</string></array>
<key>RunAtLoad</key><true/>
</dict></plist>
`;

describe('bad input ends in a clear error, with nothing left half done', { skip: skipSimulator }, () => {
  test('no plist', async () => {
    await using mac = await startMac();
    for (const verb of verbs) {
      await assert.rejects(mac.backend.perform(verb, 'memory'), {
        kind: 'not-installed',
        hint: 'memoryd install memory',
      });
    }
    await assertUntouched(mac);
  });

  test("somebody else's plist of the same label", async () => {
    await using mac = await startMac();
    await mac.system.files.write(mac.plist, foreignPlist, 0o644);
    assert.deepEqual(await mac.backend.observe('memory'), {
      kind: 'foreign',
      path: mac.plist,
      reason: 'memoryd did not write it',
    });
    for (const verb of verbs) {
      await assert.rejects(mac.backend.perform(verb, 'memory'), {
        kind: 'configuration',
        message: /is not ours/,
      });
    }
    await assertUntouched(mac);
  });

  test("somebody else's job of the same label is left running, also when the plist is ours", async () => {
    await using mac = await startMac();
    const other = join(mac.home, 'other.plist');
    await mac.system.files.write(other, foreignPlist, 0o644);
    assert.equal(await mac.byHand('bootstrap', `gui/${mac.launchd.uid}`, other), 0);
    const seen = { kind: 'foreign', path: other, reason: `launchd has another job called ${label}` };
    assert.deepEqual(await mac.backend.observe('memory'), seen);
    await mac.write();
    assert.deepEqual(await mac.backend.observe('memory'), seen);
    for (const verb of [...verbs, 'stop', 'unregister'] as const) {
      await assert.rejects(mac.backend.perform(verb, 'memory'), {
        kind: 'configuration',
        message: /another job/,
      });
    }
    assert.equal(await mac.byHand('kill', 'SIGCONT', `gui/${mac.launchd.uid}/${label}`), 0, 'it still runs');
  });

  test('a plist of another user', async () => {
    await using mac = await startMac();
    await mac.write();
    const { files } = mac.system;
    const backend = mac.backendWith({
      files: {
        ...files,
        async inspect(path) {
          const seen = await files.inspect(path);
          return 'stats' in seen ? { ...seen, stats: Object.assign(seen.stats, { uid: 4242 }) } : seen;
        },
      },
    });
    const unit = await backend.observe('memory');
    assert.deepEqual(unit, { kind: 'foreign', path: mac.plist, reason: 'it belongs to user 4242' });
  });

  test('a plist that cannot be read', async () => {
    await using mac = await startMac();
    await mac.write();
    const { files } = mac.system;
    const backend = mac.backendWith({
      files: {
        ...files,
        read: async (path) => (path === mac.plist ? { kind: 'unreadable', why: 'EACCES' } : files.read(path)),
      },
    });
    const unit = { kind: 'unknown', reason: `cannot read ${mac.plist}: EACCES` };
    assert.deepEqual(await backend.observe('memory'), unit);
    assert.deepEqual(await backend.observeFiles('memory'), unit);
    for (const verb of verbs) await assert.rejects(backend.perform(verb, 'memory'), { kind: 'permission' });
    await assertUntouched(mac);
  });

  test('a plist that others may write: launchd would refuse it without a reason', async () => {
    await using mac = await startMac();
    await mac.write();
    await chmod(mac.plist, 0o666);
    await assert.rejects(mac.backend.perform('start', 'memory'), {
      kind: 'permission',
      hint: `chmod 644 ${mac.plist}`,
    });
    await assertUntouched(mac);
  });

  test('a plist that is broken keeps what runs running', async () => {
    await using mac = await startMac();
    await mac.install();
    const [pid = 0] = await mac.starts(1);
    await mac.system.files.write(mac.plist, '<plist><dict>', 0o644);
    await assert.rejects(mac.backend.perform('restart', 'memory'), { kind: 'configuration' });
    process.kill(pid, 'SIGCONT');
  });

  test('something in the place of the log file', async () => {
    await using mac = await startMac();
    await mac.write();
    await mkdir(join(mac.roots.logs, 'memory', 'launchd-stderr.log'), { recursive: true });
    await assert.rejects(mac.backend.perform('start', 'memory'), {
      kind: 'permission',
      message: /not a plain file/,
    });
    await assertUntouched(mac);
  });

  test('a lost plist: what runs is still seen and stopped', async () => {
    await using mac = await startMac();
    await mac.install();
    await mac.system.files.remove(mac.plist);
    assert.equal((await untilProcess(mac.backend, 'running')).enabled, 'disabled');
    await mac.backend.perform('unregister', 'memory');
    assert.deepEqual(await mac.backend.observe('memory'), { kind: 'absent' });
  });

  test('X08: a plist that the parser of macOS rejects is not put in place', async () => {
    await using mac = await startMac();
    const plutil = join(dirname(mac.home), 'launchd', 'bin', 'plutil');
    await writeFile(plutil, '#!/bin/sh\ncat > /dev/null; echo "<stdin>: bad"; exit 1\n', { mode: 0o755 });
    await assert.rejects(mac.backend.check(await mac.backend.render(mac.spec())), {
      kind: 'configuration',
      words: '<stdin>: bad',
    });
  });
});

describe('launchctl itself', { skip: skipSimulator }, () => {
  test('missing: no usable manager, exit 69', async () => {
    await using mac = await startMac();
    await mac.write();
    const bin = join(mac.home, 'nothing');
    const backend = mac.backendWith({
      exec: {
        ...systemExec,
        run: (argv, options = {}) => systemExec.run(argv, { ...options, env: { PATH: bin } }),
      },
    });
    const reason = 'launchctl is not on the PATH';
    assert.deepEqual(await backend.available(), { kind: 'absent', reason });
    assert.deepEqual(await backend.observe('memory'), { kind: 'unknown', reason, silent: true });
    for (const verb of [...verbs, 'stop'] as const) {
      await assert.rejects(backend.perform(verb, 'memory'), {
        kind: 'no-manager',
        message: reason,
        exitCode: 69,
      });
    }
    await assertUntouched(mac);
  });

  test('hanging: given up after the limit, said so, nothing changed', async () => {
    await using mac = await startMac();
    await mac.write();
    await mac.launchd.fault({ hang: true });
    const backend = mac.backendWith({}, { commandMs: 300 });
    const reason = 'launchctl did not answer within 1 s';
    assert.deepEqual(await backend.available(), { kind: 'refused', reason: 'launchctl does not answer' });
    assert.deepEqual(await backend.observe('memory'), { kind: 'unknown', reason, silent: true });
    for (const verb of [...verbs, 'stop'] as const) {
      await assert.rejects(backend.perform(verb, 'memory'), {
        kind: 'no-manager',
        message: reason,
        exitCode: 69,
      });
    }
    await mac.launchd.fault({ hang: false });
    await assertUntouched(mac);
  });

  test('printing what nobody knows: the state is unknown, and nothing is killed over it', async () => {
    await using mac = await startMac();
    await mac.install();
    const [pid = 0] = await mac.starts(1);
    await mac.launchd.fault({ garble: 'gui/501/x = {\n\tétat = en cours\n}\n' });
    const unit = await mac.backend.observe('memory');
    assert.equal(unit.kind === 'registered' && unit.process.kind, 'unknown');
    const backend = mac.backendWith({}, { spawnMs: 200 });
    await assert.rejects(backend.perform('start', 'memory'), { kind: 'failed', words: /en cours/ });
    process.kill(pid, 'SIGCONT');
  });

  test('nothing but launchctl is ever run, and of it no load, no unload, no kickstart -k, no sudo', async () => {
    const commands = new Set<string>();
    await using mac = await startMac();
    const { run } = mac.system.exec;
    const backend = mac.backendWith({
      exec: {
        ...mac.system.exec,
        run(argv, options) {
          commands.add(argv[0]);
          return run(argv, options);
        },
      },
    });
    await backend.available();
    await backend.check(await backend.render(mac.spec()));
    await mac.write();
    for (const verb of ['register', 'start', 'restart', 'stop', 'start', 'unregister'] as const) {
      await backend.perform(verb, 'memory');
      await backend.observe('memory');
    }
    assert.deepEqual([...commands].sort(), ['launchctl', 'plutil']);
    const said = await mac.said();
    const known = ['print', 'print-disabled', 'enable', 'bootstrap', 'bootout', 'managername'];
    for (const line of said) assert.ok(known.includes(line.split(' ')[0] ?? ''), line);
    assert.deepEqual(
      (await readdir(dirname(mac.plist))).filter((name) => name !== `${label}.plist`),
      [],
      'no temporary file that login would load',
    );
  });
});
