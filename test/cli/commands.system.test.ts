import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { systemExec } from '../../src/system/exec.ts';
import { repository } from '../support/lab.ts';

const entry = join(repository, 'dist', 'memoryd.cjs');

/** The built CLI in a home of its own where nothing is installed. */
async function memoryd(args: string[], node: string[] = []) {
  await using home = await createFixture({});
  const env = {
    HOME: home.path,
    USERPROFILE: home.path,
    XDG_CONFIG_HOME: '',
    XDG_DATA_HOME: '',
    XDG_STATE_HOME: '',
  };
  const result = await systemExec.run([process.execPath, ...node, entry, ...args], {
    env,
    timeoutMs: 30_000,
  });
  if (result.kind !== 'exited') throw new Error(JSON.stringify(result));
  return { ...result, left: readdirSync(home.path) };
}

test('nothing installed: status says so with exit code 4, and writes nothing', async () => {
  const { code, stdout, stderr, left } = await memoryd(['status', 'memory']);
  assert.equal(code, 4);
  assert.match(stdout, /not-installed/);
  assert.match(stderr, /try: memoryd install memory/);
  assert.deepEqual(left, []);
});

test('status --json carries its schema and every promised field', async () => {
  const { stdout } = await memoryd(['status', '--json']);
  const { schema, services } = JSON.parse(stdout);
  assert.equal(schema, 2);
  const fields = 'name state healthy backend unit endpoint restarts lastExit external paths'.split(' ');
  assert.deepEqual(
    fields.filter((field) => !(field in services[0])),
    [],
  );
  const paths = 'config data logs runtime app'.split(' ');
  assert.deepEqual(
    paths.filter((field) => !(field in services[0].paths)),
    [],
  );
});

const refusals: [string, string[], number, RegExp][] = [
  ['an unknown command', ['instal'], 2, /unknown command/],
  ['an unknown option', ['status', '--jsn'], 2, /unknown option/],
  ['a port that is no number', ['install', '--port', 'x'], 2, /whole number/],
  ['an unknown backend', ['install', '--backend', 'cron'], 2, /--backend: must be systemd/],
  ['a name that climbs', ['install', '../up'], 78, /not a service name/],
  ['a name with a newline', ['status', 'a\nb'], 78, /not a service name/],
  ['stopping what is not installed', ['stop'], 4, /not installed/],
  ['logs of what is not installed', ['logs'], 4, /"memory" is not installed\ntry: memoryd install memory$/m],
  ['a time that is none', ['logs', '--since', 'yesterweek'], 2, /not a time/],
];
for (const [what, args, exitCode, says] of refusals) {
  test(`${what} ends with exit code ${exitCode}`, async () => {
    const { code, stdout, stderr } = await memoryd(args);
    assert.equal(code, exitCode, stderr);
    assert.match(stderr, says);
    assert.match(stderr, /^memoryd: (?:[a-z"/(]|--[a-z])/m);
    assert.equal(stdout, '');
  });
}

const badFlags: [string[], string][] = [
  [['--port', '80'], '--port: must be between 1024 and 65535'],
  [['--port', '70000'], '--port: must be between 1024 and 65535'],
  [['--port', 'x'], '--port: must be a whole number'],
  [['--backend', 'cron'], '--backend: must be systemd, launchd, task-scheduler or standalone'],
  [['--sandbox', 'full'], '--sandbox: must be off, default or strict'],
  [['--description', 'x'.repeat(201)], '--description: must have at most 200 characters'],
  [['--env', 'A-B=1'], '--env A-B: must be a variable name: letters, digits and _, no digit first'],
  [['--idle-timeout-secs', '2147484'], '--idle-timeout-secs: must be between 0 and 2147483'],
  [['--max-sessions', '1000001'], '--max-sessions: must be between 0 and 1000000'],
  [['--listen', '0.0.0.0'], '--listen: must be a loopback address unless daemon.sync.apiKeys are set'],
  [['--stdio'], '--stdio: needs a command or an adapter'],
  [['--probe', 'tcp'], '--probe: needs a command or an adapter'],
  [['--probe', 'ftp'], '--probe: must be tcp, http:<path> or mcp:<path>'],
  [['--secret', 'A=1'], '--secret: must be the name of a variable, never its value'],
  [
    ['notes', '--', './server', '{prot}'],
    'command: unknown placeholder {prot} (known: {port} {url} {dataDir} {home}; write {{prot}} for the text itself)',
  ],
];
for (const [flags, says] of badFlags) {
  test(`N36: install ${flags.join(' ').slice(0, 40)} blames the flag, in our words, with exit code 2`, async () => {
    const { code, stdout, stderr } = await memoryd(['install', ...flags]);
    assert.equal(stderr.replace(/\ntry: [^\n]*/, ''), `memoryd: ${says}\n`);
    assert.doesNotMatch(stderr, /EDITOR|\.json/);
    assert.equal(code, 2);
    assert.equal(stdout, '');
  });
}

test('with --json an error is a document on stdout', async () => {
  const { code, stdout, stderr } = await memoryd(['stop', '--json']);
  assert.equal(code, 4);
  assert.equal(stderr, '');
  assert.deepEqual(Object.keys(JSON.parse(stdout).error), ['kind', 'message', 'output', 'hint', 'exitCode']);
});

for (const [platform, says] of [
  ['linux', /\[Service\]/],
  ['darwin', /<plist/],
  ['win32', /<Task /],
] as const) {
  test(`print --platform ${platform} renders the unit anywhere`, async () => {
    const { code, stdout, left } = await memoryd(['print', '--platform', platform]);
    assert.equal(code, 0);
    assert.match(stdout, says);
    assert.deepEqual(left, []);
  });
}

test('print --schema is a JSON schema', async () => {
  assert.equal(JSON.parse((await memoryd(['print', '--schema'])).stdout).type, 'object');
});

test('a Node that is too old is told in one line, with a command that works', async () => {
  await using fixture = await createFixture({
    'old.cjs': "Object.defineProperty(process.versions, 'node', { value: '18.19.0' });",
  });
  const { code, stderr } = await memoryd(['status', 'notes'], ['--require', fixture.getPath('old.cjs')]);
  assert.equal(code, 1);
  assert.equal(
    stderr,
    'memoryd: node 18.19.0 is too old, it needs 22.22.2, 24.15 or 26\ntry: npx -y -p node@24 -p memoryd memoryd status notes\n',
  );
});
