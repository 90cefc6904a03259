import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseDomain } from '../../../src/platform/launchd/domain-list.ts';
import { parseOverridesFile, parsePrintDisabled } from '../../../src/platform/launchd/overrides.ts';
import { type ParsedPrint, parsePrint } from '../../../src/platform/launchd/parse.ts';
import { processState } from '../../../src/platform/launchd/state.ts';
import { recorded, recordings } from './recorded.ts';

/** The state that a whole output amounts to. */
const stateOf = (output: string) => processState(parsePrint(output));

function jobOf(parsed: ParsedPrint) {
  assert.equal(parsed.kind, 'job');
  return parsed.job;
}

describe('print, recorded', () => {
  test('a job that never ran is stopped', () => {
    const text = recorded('print-never-run-macos27.0.txt');
    assert.deepEqual(stateOf(text), { kind: 'stopped' });
    assert.equal(jobOf(parsePrint(text)).runs, 0);
    assert.equal(jobOf(parsePrint(text)).lastExit, undefined);
  });

  test('M15: a running job is running, whatever the blocks inside repeat', () => {
    const text = recorded('print-running-keepalive-true-first-run-macos27.0.txt');
    assert.deepEqual(stateOf(text), { kind: 'running', pid: 1076 });
    const job = jobOf(parsePrint(text));
    assert.equal(job.exitTimeoutSecs, 5);
    assert.equal(job.environment?.get('EXAMPLE_VAR'), 'value');
    assert.equal(job.environment?.has('SSH_AUTH_SOCK'), false, 'the inherited environment is another block');
  });

  test('a job that ended with 1 and is not started again has failed', () => {
    const text = recorded('print-notrunning-lastexit1-macos27.0.txt');
    assert.deepEqual(stateOf(text), { kind: 'failed', reason: 'exit 1' });
    assert.deepEqual(jobOf(parsePrint(text)).lastExit, { kind: 'code', code: 1 });
    assert.equal(jobOf(parsePrint(text)).runs, 4);
  });

  test('M06: a program that launchd cannot start has failed, with its code and meaning', () => {
    const text = recorded('print-spawn-scheduled-78-missing-program-macos26.txt');
    assert.equal(stateOf(text).kind, 'failed');
    assert.deepEqual(jobOf(parsePrint(text)).lastExit, { kind: 'code', code: 78, meaning: 'EX_CONFIG' });
    assert.equal(jobOf(parsePrint(text)).exitTimeoutSecs, 88_200);
  });

  test('N12: a program that launchd refuses to start has failed, with its reason and the cure', () => {
    const text = recorded('print-spawn-scheduled-78-missing-program-macos26.txt')
      .replace('last exit code = 78: EX_CONFIG', 'last exit reason = OS_REASON_CODESIGNING')
      .replace('\tproperties =', '\tjob state = spawn failed\n\tproperties =');
    const failed = {
      kind: 'failed',
      reason: 'launchd cannot start the program (OS_REASON_CODESIGNING); memoryd start loads it again',
    };
    assert.deepEqual(stateOf(text), failed);
    assert.deepEqual(stateOf(text.replace('state = spawn scheduled', 'state = not running')), failed);
  });

  test('N13: a job that launchd does not start names Login Items among the causes', () => {
    const state = stateOf(recorded('print-spawn-scheduled-78-missing-program-macos26.txt'));
    assert.match(state.kind === 'failed' ? state.reason : '', /System Settings > General > Login Items$/);
  });

  test('a job that the session does not start yet is waiting', () => {
    const state = stateOf(recorded('print-pended-nondemand-spawn.txt'));
    assert.deepEqual(state, { kind: 'waiting', reason: 'the login session does not start jobs yet' });
  });

  test('M01: a job that was sent SIGTERM is stopping, pid or not', () => {
    assert.deepEqual(stateOf(recorded('print-sigtermed-stopping.txt')), { kind: 'stopping' });
  });

  test('a spawning job is starting; a second excerpt behind it is no job', () => {
    const [first = '', second = ''] = recorded('print-xpcproxy-transient.txt').split(/^--- excerpt.*\n/m);
    assert.deepEqual(stateOf(first), { kind: 'starting' });
    assert.equal(stateOf(second).kind, 'unknown');
    assert.equal(stateOf(recorded('print-xpcproxy-transient.txt')).kind, 'unknown');
  });

  test('a trimmed recording is unknown, not running', () => {
    assert.equal(stateOf(recorded('print-running-macos10.14.excerpt.txt')).kind, 'unknown');
  });

  test('what is not about a job is unknown', () => {
    const others = readdirSync(recordings).filter((name) => !/^print-(?!disabled|domain|missing)/.test(name));
    assert.ok(others.length >= 8);
    for (const name of others) assert.equal(stateOf(recorded(name)).kind, 'unknown', name);
  });

  test('M15: a death by signal is no clean exit', () => {
    const crashed = recorded('print-notrunning-lastexit1-macos27.0.txt').replace(
      '\tlast exit code = 1\n',
      '\tlast terminating signal = Hangup: 1\n',
    );
    assert.deepEqual(stateOf(crashed), { kind: 'failed', reason: 'killed by SIGHUP' });
    const stopped = crashed.replace('Hangup: 1', 'Terminated: 15');
    assert.deepEqual(stateOf(stopped), { kind: 'stopped' });
    assert.deepEqual(jobOf(parsePrint(stopped)).lastExit, { kind: 'signal', signal: 'SIGTERM' });
  });

  test('M10: a crash and a throttle are told apart by the reason', () => {
    const scheduled = (last: string) =>
      stateOf(
        recorded('print-spawn-scheduled-78-missing-program-macos26.txt').replace(
          'exit code = 78: EX_CONFIG',
          last,
        ),
      );
    assert.deepEqual(scheduled('exit code = 0'), {
      kind: 'waiting',
      reason: 'it exited; launchd waits before the next start',
    });
    assert.deepEqual(scheduled('exit code = 3'), {
      kind: 'waiting',
      reason: 'exit 3; launchd waits before the next start',
    });
    assert.deepEqual(scheduled('terminating signal = Segmentation fault: 11'), {
      kind: 'waiting',
      reason: 'killed by SIGSEGV; launchd waits before the next start',
    });
  });
});

describe('print, broken', () => {
  const whole = readdirSync(recordings)
    .filter((name) => /^print-(never|notrunning|running-keep|spawn|pended|sigtermed)/.test(name))
    .map(recorded);

  test('cut off anywhere it is unknown', () => {
    assert.ok(whole.length >= 6);
    for (const text of whole) {
      const complete = text.trimEnd().length;
      for (let end = 0; end < complete; end += 1) {
        assert.equal(
          stateOf(text.slice(0, end)).kind,
          'unknown',
          JSON.stringify(text.slice(Math.max(0, end - 40), end)),
        );
      }
    }
  });

  test('in another language it is unknown', () => {
    for (const text of whole) {
      assert.equal(stateOf(text.replace('\tstate = ', '\tétat = ')).kind, 'unknown');
      assert.equal(stateOf(text.replace(/\tstate = .*/, '\tstate = läuft')).kind, 'unknown');
    }
  });

  test('contradicting itself it is unknown: a value with a line break cannot pass for a state', () => {
    const text = recorded('print-running-keepalive-true-first-run-macos27.0.txt');
    const forged = text.replace(
      '\tstdout path = ',
      '\tworking directory = /a\n\tstate = not running\n\tstdout path = ',
    );
    assert.equal(stateOf(forged).kind, 'unknown');
    assert.equal(stateOf(text.replace('\tpid = 1076', '\tpid = 1076\n\tpid = 1')).kind, 'unknown');
  });

  test('running without a pid it is unknown', () => {
    const text = recorded('print-running-keepalive-true-first-run-macos27.0.txt');
    assert.equal(stateOf(text.replace('\tpid = 1076\n', '')).kind, 'unknown');
    assert.equal(stateOf(text.replace('pid = 1076', 'pid = many')).kind, 'unknown');
  });

  test('garbage is unknown and never throws', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\tstate = running', '\tpid = 1', '}', 'a = {', '\t\tstate = running'),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const state = stateOf(lines.join('\n'));
        // Only a whole description that says so in the right place may be believed.
        if (state.kind !== 'unknown') {
          assert.match(lines.join('\n'), /^\S.* = \{\n(?:.*\n)*\tstate = running\n/);
          assert.deepEqual(state, { kind: 'running', pid: 1 });
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a whole domain', () => {
  const [header = '', whole = ''] = recorded('print-domain-gui-header.txt').split(/^--- id.*\n/m);
  const switched = recorded('print-disabled-modern-real.txt').slice(1);
  const both = whole.replace(/\}\n$/, `${switched.slice(0, switched.indexOf('\t}\n') + 3)}}\n`);

  test('as recorded it tells whether a label is there, and by itself nothing of overrides', () => {
    const there = { kind: 'listed', job: true, override: undefined };
    assert.deepEqual(parseDomain(whole, 'application.fixture'), there);
    for (const other of ['application', 'fixture', 'application.fixture.x', 'session', 'uid'])
      assert.deepEqual(parseDomain(whole, other), { ...there, job: false }, other);
  });

  test('M02: with the overrides behind the services it tells both', () => {
    const seen = { kind: 'listed', job: false };
    assert.deepEqual(parseDomain(both, 'ai.openclaw.gateway'), { ...seen, override: 'disabled' });
    assert.deepEqual(parseDomain(both, 'com.ollama.ollama'), { ...seen, override: 'enabled' });
    assert.deepEqual(parseDomain(both, 'nobody'), { ...seen, override: 'enabled' });
  });

  test('cut off anywhere, translated, garbled or of another kind it is unreadable', () => {
    const isUnreadable = (text: string) => parseDomain(text, 'application.fixture').kind === 'unreadable';
    for (let end = 0; end < both.trimEnd().length; end += 1) {
      assert.ok(isUnreadable(both.slice(0, end)), JSON.stringify(both.slice(Math.max(0, end - 40), end)));
    }
    assert.ok(isUnreadable(header));
    assert.ok(isUnreadable(recorded('print-domain-gui-header.txt')));
    assert.ok(isUnreadable(both.replace('services = {', 'Dienste = {').replace('services = {', 'x = {')));
    assert.ok(isUnreadable(both.replace('3621      -', 'laeuft')));
    const others = readdirSync(recordings).filter((name) => !name.startsWith('print-domain'));
    for (const name of others) assert.ok(isUnreadable(recorded(name)), name);
  });

  test('garbage is unreadable and never throws', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('a = {', '}', '\tservices = {', '\t}', '\t\t 1 - \ta'),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 10 }), (lines) => {
        const text = lines.join('\n');
        if (parseDomain(text, 'a').kind === 'listed')
          assert.match(text, /^\S.* = \{\n(?:.*\n)*\tservices = \{\n/);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('M02: overrides', () => {
  const modern = recorded('print-disabled-modern-real.txt');
  const legacy = recorded('print-disabled-legacy-bool.txt');

  test('as recorded, in words and in booleans', () => {
    assert.equal(parsePrintDisabled(modern, 'ai.openclaw.gateway'), 'disabled');
    assert.equal(parsePrintDisabled(modern, 'com.ollama.ollama'), 'enabled');
    assert.equal(parsePrintDisabled(legacy, 'com.example.disabled'), 'disabled');
    assert.equal(parsePrintDisabled(legacy, 'com.example.enabled'), 'enabled');
  });

  test('a label that is not mentioned is enabled, also one that only begins or ends alike', () => {
    for (const label of [
      'nobody',
      'gateway',
      'ai.openclaw.gatewa',
      'ai.openclaw.gateway.x',
      'aiXopenclaw.gateway',
    ]) {
      assert.equal(parsePrintDisabled(modern, label), 'enabled', label);
    }
  });

  test('cut off, translated or of another kind they cannot be told', () => {
    assert.equal(parsePrintDisabled(modern.slice(0, 120), 'com.ollama.ollama'), undefined);
    assert.equal(parsePrintDisabled(modern.replace('disabled services', 'inaktive Dienste'), 'a'), undefined);
    assert.equal(
      parsePrintDisabled(modern.replace('=> disabled', '=> deaktiviert'), 'ai.openclaw.gateway'),
      'disabled',
    );
    assert.equal(
      parsePrintDisabled(modern.replaceAll('=> disabled', '=> deaktiviert'), 'ai.openclaw.gateway'),
      undefined,
    );
    const others = readdirSync(recordings).filter((name) => !name.startsWith('print-disabled'));
    for (const name of others) assert.equal(parsePrintDisabled(recorded(name), 'a'), undefined, name);
  });

  test("in launchd's own file", () => {
    const file = (body: string) =>
      `<?xml version="1.0"?>\n<plist version="1.0">\n<dict>\n${body}</dict>\n</plist>\n`;
    const body = '\t<key>a.b</key>\n\t<true/>\n\t<key>c.d</key>\n\t<false/>\n';
    assert.equal(parseOverridesFile(file(body), 'a.b'), 'disabled');
    assert.equal(parseOverridesFile(file(body), 'c.d'), 'enabled');
    assert.equal(parseOverridesFile(file(body), 'aXb'), 'enabled');
    assert.equal(parseOverridesFile(file(body).slice(0, -10), 'a.b'), undefined);
    assert.equal(parseOverridesFile('bplist00', 'a.b'), undefined);
  });
});
