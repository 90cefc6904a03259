import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { parseDomain } from '../../../src/platform/launchd/domain-list.ts';
import { parsePrintDisabled } from '../../../src/platform/launchd/overrides.ts';
import { parsePrint } from '../../../src/platform/launchd/parse.ts';
import { processState } from '../../../src/platform/launchd/state.ts';
import { skipSimulator } from '../../platform/launchd/mac.ts';
import { startLaunchd } from './index.ts';

const script = join(import.meta.dirname, '..', '..', '..', 'scripts', 'capture-launchd.sh');

test('the capture script answers its questions, records what parsers read, and leaves nothing behind', {
  skip: skipSimulator,
}, async () => {
  await using fixture = await createFixture({ home: {}, tmp: {} });
  const home = join(fixture.path, 'home');
  const launchd = await startLaunchd({
    dir: join(fixture.path, 'launchd'),
    home,
    timing: { throttleSecondMs: 1000, exitSecondMs: 100 },
  });
  try {
    const out = join(fixture.path, 'out');
    const env = {
      ...process.env,
      ...launchd.env,
      HOME: home,
      TMPDIR: join(fixture.path, 'tmp'),
      SSH_CONNECTION: '',
    };
    const { status, stderr } = spawnSync('/bin/bash', [script, out], { env, encoding: 'utf8' });
    assert.equal(stderr, '');
    assert.equal(status, 0);
    const file = (name: string) => readFile(join(out, name), 'utf8');

    const answers = await file('answers.txt');
    assert.match(answers, /^kickstart -k: sends SIGTERM$/m);
    assert.match(answers, /^disable on a running job: state is now: running$/m);
    assert.match(answers, /^loaded-in user\/501: exit 113$/m);
    assert.match(answers, /^overrides in print of a domain: 1$/m);
    assert.deepEqual(parseDomain(await file('print-domain.txt'), 'dev.example.capture'), {
      kind: 'listed',
      job: true,
      override: 'disabled',
    });
    const codes = await file('codes.txt');
    for (const line of [
      'print-missing: exit 113',
      'bootstrap: exit 0',
      'bootstrap-disabled: exit 5',
      'bootout-again: exit 36',
    ]) {
      assert.ok(codes.includes(`${line}: `), `${line} in\n${codes}`);
    }
    assert.ok(codes.includes('gui/501/dev.example.capture'), 'nobody is named');
    assert.equal(codes.includes(home), false);
    assert.equal((await file('machine.txt')).split(' ').includes(hostname()), false);

    const state = async (name: string) => processState(parsePrint(await file(`${name}.txt`))).kind;
    assert.equal(await state('print-running'), 'running');
    assert.equal(await state('print-sigtermed'), 'stopping');
    assert.equal(await state('print-throttled'), 'waiting');
    assert.equal(await state('print-segv'), 'failed');
    assert.equal(parsePrintDisabled(await file('print-disabled.txt'), 'dev.example.capture'), 'disabled');

    assert.deepEqual(await readdir(join(fixture.path, 'tmp')), []);
    const left = spawnSync('launchctl', ['print', `gui/${launchd.uid}/dev.example.capture`], { env });
    assert.equal(left.status, 113);
  } finally {
    await launchd.stop();
  }
});
