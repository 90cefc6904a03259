import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { recorded } from '../../platform/launchd/recorded.ts';
import { type JobView, printDisabled, printDomain, printJob, printListed } from './print.ts';
import { profiles } from './profile.ts';

function agent(name: string, view: Partial<JobView>): JobView {
  const label = `dev.example.${name}`;
  return {
    target: `gui/501/${label}`,
    label,
    path: `/Users/alice/scripts/launchagents/Library/LaunchAgents/${label}.plist`,
    type: 'LaunchAgent',
    state: 'not running',
    argv: [`/Users/alice/.local/bin/${name}.sh`],
    stdout: `/Users/alice/Library/Logs/${name}.log`,
    stderr: `/Users/alice/Library/Logs/${name}.log`,
    inherited: [['SSH_AUTH_SOCK', '/var/run/com.apple.launchd.AbCdEfGh/Listeners']],
    environment: [
      ['OSLogRateLimit', '64'],
      ['XPC_SERVICE_NAME', label],
    ],
    domain: 'gui/501 [100020]',
    asid: 100_020,
    throttleSecs: 10,
    exitTimeoutSecs: 5,
    runs: 0,
    last: 'exit code = (never exited)',
    spawnType: 'daemon (3)',
    jobState: 'uninitialized',
    properties: ['inferred program', 'managed LWCR'],
    ...view,
  };
}

/** The inside of a block of a recording, as the printer takes it. */
function inside(recording: string, block: string): string[] {
  const lines = recording.split('\n');
  const start = lines.indexOf(`\t${block} = {`) + 1;
  return lines.slice(start, lines.indexOf('\t}', start)).map((line) => line.slice(2));
}

const withTriggers = (recording: string) => ({
  triggers: inside(recording, 'event triggers'),
  channels: inside(recording, 'event channels'),
});

describe('the printer gives the recorded bytes', () => {
  test('of a job that never ran (27.0)', () => {
    const text = recorded('print-never-run-macos27.0.txt');
    const view = agent('brew-maintain', {
      ...withTriggers(text),
      properties: ['inferred program', 'needs LWCR update', 'managed LWCR'],
    });
    assert.equal(printJob(view, profiles['27']), text);
  });

  test('of a job that ended with 1 (27.0)', () => {
    const text = recorded('print-notrunning-lastexit1-macos27.0.txt');
    const view = agent('sync-legacy', {
      ...withTriggers(text),
      throttleSecs: 30,
      runs: 4,
      last: 'exit code = 1',
      coalitions: [1262, 1263],
      jobState: 'exited',
    });
    assert.equal(printJob(view, profiles['27']), text);
  });

  test('of a running KeepAlive job (27.0)', () => {
    const text = recorded('print-running-keepalive-true-first-run-macos27.0.txt');
    const view = agent('brightnessd', {
      state: 'running',
      argv: ['/Users/alice/.local/bin/ddc-brightnessd'],
      stdout: '/Users/alice/Library/Logs/ddc-brightnessd.log',
      stderr: '/Users/alice/Library/Logs/ddc-brightnessd.log',
      environment: [
        ['OSLogRateLimit', '64'],
        ['EXAMPLE_VAR', 'value'],
        ['XPC_SERVICE_NAME', 'dev.example.brightnessd'],
      ],
      lwcr: true,
      runs: 1,
      pid: 1076,
      coalitions: [1140, 1141],
      spawnType: 'interactive (4)',
      jobState: 'running',
      properties: ['keepalive', 'runatload', 'inferred program', 'managed LWCR', 'has LWCR'],
    });
    assert.equal(printJob(view, profiles['27']), text);
  });

  test('of a job whose program is missing (26)', () => {
    const text = recorded('print-spawn-scheduled-78-missing-program-macos26.txt');
    const label = 'sh.billet.capture';
    const view = agent('', {
      ...withTriggers(text),
      target: `gui/501/${label}`,
      label,
      path: `/private/tmp/scratch/${label}.plist`,
      state: 'spawn scheduled',
      argv: ['/usr/local/bin/billet', 'node', '--config', '/usr/local/etc/billet/billet.yaml'],
      stdout: '/dev/null',
      stderr: '/dev/null',
      inherited: [['SSH_AUTH_SOCK', '/private/tmp/com.apple.launchd.yI0G9AEOcZ/Listeners']],
      environment: [
        ['OSLogRateLimit', '64'],
        ['PATH', '/opt/homebrew/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'],
        ['XPC_SERVICE_NAME', label],
      ],
      domain: 'gui/501 [100023]',
      asid: 100_023,
      throttleSecs: 5,
      exitTimeoutSecs: 88_200,
      runs: 1,
      last: 'exit code = 78: EX_CONFIG',
      semaphores: ['successful exit => 0'],
      coalitions: [713_839, 713_840],
      spawnType: 'interactive (4)',
      properties: ['runatload', 'penalty box', 'inferred program'],
    });
    assert.equal(printJob(view, profiles['26']), text);
  });

  test('of print-disabled, old and new', () => {
    const modern = new Map([
      ['com.docker.helper', false],
      ['com.apple.ManagedClientAgent.enrollagent', true],
      ['com.ollama.ollama', false],
      ['com.apple.Siri.agent', false],
      ['ai.openclaw.gateway', true],
      ['com.ciao.server', false],
      ['Ciaobot', true],
    ]);
    assert.equal(printDisabled(modern, profiles['13']), recorded('print-disabled-modern-real.txt'));
    const legacy = new Map([
      ['com.example.disabled', true],
      ['com.example.enabled', false],
    ]);
    assert.equal(printDisabled(legacy, profiles['10.14']), recorded('print-disabled-legacy-bool.txt'));
  });

  test('of the legacy list', () => {
    const logs = '/Users/alice/Library/Application Support/so.pidash.pidash/logs/runner';
    const listed = printListed([
      ['StandardOutPath', `${logs}.out.log`],
      ['LimitLoadToSessionType', 'Aqua'],
      ['StandardErrorPath', `${logs}.err.log`],
      ['Label', 'so.pidash.daemon'],
      ['OnDemand', false],
      ['LastExitStatus', 0],
      ['PID', 884],
      ['Program', '/Users/alice/.local/bin/pidash'],
    ]);
    assert.equal(listed, recorded('list-label-running.txt'));
  });
});

/** The lines of an excerpt that carry a value, in their order; blocks the excerpt cut open are left out. */
function assertInOrder(excerpt: readonly string[], printed: string): void {
  const lines = printed.split('\n');
  let from = 0;
  for (const line of excerpt) {
    const at = lines.indexOf(line, from);
    assert.notEqual(at, -1, `${JSON.stringify(line)} is missing or out of order in\n${printed}`);
    from = at + 1;
  }
}

describe('the printer agrees with excerpts, line by line', () => {
  test('of a daemon on 10.14', () => {
    const label = 'com.wazuh.agent';
    const view = agent('', {
      label,
      type: 'LaunchDaemon',
      path: `/Library/LaunchDaemons/${label}.plist`,
      state: 'running',
      argv: ['/Library/StartupItems/WAZUH/Wazuh-launcher'],
      environment: [['XPC_SERVICE_NAME', label]],
      domain: 'com.apple.xpc.launchd.domain.system',
      runs: 3,
      pid: 1486,
      reason: 'one-shot',
      forks: 3,
      last: 'exit code = 0',
    });
    const lines = recorded('print-running-macos10.14.excerpt.txt').split('\n');
    assertInOrder(
      lines.slice(0, lines.indexOf('\tlast exit code = 0') + 1),
      printJob(view, profiles['10.14']),
    );
  });

  test('of a domain: the beginning, a row, and overrides where print-disabled has them', () => {
    const [, whole = ''] = recorded('print-domain-gui-header.txt').split(/^--- id.*\n/m);
    const overrides = new Map([
      ['com.docker.helper', false],
      ['Ciaobot', true],
    ]);
    const services = [{ pid: 3621, label: 'application.fixture' }];
    const printed = printDomain({ name: 'gui/501', session: 'Aqua', services, overrides }, profiles['27']);
    const known = ['gui/501 = {', '\ttype = login', '\tsession = Aqua', '\tservices = {'];
    for (const line of known) assert.ok(whole.split('\n').includes(line), line);
    const row = whole.split('\n').find((line) => line.includes('application.fixture')) ?? '';
    assertInOrder([...known, row, '\t}', '}'], printed);
    const modern = recorded('print-disabled-modern-real.txt').split('\n');
    const ours = [
      '\tdisabled services = {',
      '\t\t"com.docker.helper" => enabled',
      '\t\t"Ciaobot" => disabled',
    ];
    for (const line of ours) assert.ok(modern.includes(line), line);
    assertInOrder(ours, printed);
  });

  test('of a job that waits for the session', () => {
    const label = 'com.github.example.claude-usage';
    const properties = ['runatload', 'inferred program'];
    const view = agent('', { target: `gui/501/${label}`, label, pended: true, properties });
    const lines = recorded('print-pended-nondemand-spawn.txt').trimEnd().split('\n');
    assertInOrder(lines, printJob(view, profiles['26']));
  });

  test('of a job that is being stopped', () => {
    const label = 'ai.openclaw.gateway';
    const target = `system/${label}`;
    const view = agent('', {
      target,
      label,
      type: 'LaunchDaemon',
      state: 'SIGTERMed',
      pid: 4242,
      coalitions: [18110, 18111],
      jobState: 'running',
    });
    const lines = recorded('print-sigtermed-stopping.txt').trimEnd().split('\n');
    assertInOrder(
      lines.filter((line) => line !== ''),
      printJob(view, profiles['27']),
    );
  });
});
