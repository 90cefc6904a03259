import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseAdapter } from '../../src/adapters/schema.ts';
import { CrashLoop } from '../../src/external/crash-loop.ts';
import { exitMeaning } from '../../src/external/exit-meaning.ts';
import { parseSecrets, redactor, secretsText } from '../../src/external/secrets.ts';
import { externalSpec } from '../../src/external/spec.ts';
import { parseSpec, specKey, specText } from '../../src/external/spec-file.ts';
import { graceMs } from '../../src/external/stop.ts';
import { checkDefinition, type Definition } from '../../src/service/definition.ts';
import {
  captureEnvironment,
  environmentText,
  parseEnvironment,
  serviceEnvironment,
  shownValue,
} from '../../src/service/environment.ts';
import { fill, namesIn } from '../../src/service/placeholder.ts';

function define(fields: object): Definition {
  const checked = checkDefinition({ schema: 1, name: 'x', ...fields });
  assert.equal(checked.kind, 'valid', JSON.stringify(checked));
  return (checked as { definition: Definition }).definition;
}

describe('a definition of an external daemon', () => {
  it('is refused with the path of the field that is wrong', () => {
    const command = ['daemon', '{port}'];
    const table: [object, string][] = [
      [{ probe: { kind: 'tcp' } }, 'probe'],
      [{ secrets: ['A'] }, 'secrets'],
      [{ command: [] }, 'command'],
      [{ command: [''] }, 'command.0'],
      [{ command: ['bin/daemon'] }, 'command.0'],
      [{ command: 'daemon --port 1' }, 'command'],
      [{ command: ['daemon', '{plugin}'] }, 'command.1'],
      [{ command, environment: { A: '{nope}' } }, 'environment.A'],
      [{ command, environment: { 'A=B': 'x' } }, 'environment.A=B'],
      [{ command, adapter: '../x' }, 'adapter'],
      [{ command, workingDirectory: 'relative' }, 'workingDirectory'],
      [{ command, probe: { kind: 'http', path: '//evil.example' } }, 'probe.path'],
      [{ command, probe: { kind: 'http', redirect: true } }, 'probe.redirect'],
      [{ command, probe: { kind: 'icmp' } }, 'probe.kind'],
      [{ command, watch: { intervalSecs: 1, timeoutSecs: 2 } }, 'watch.timeoutSecs'],
      [{ command, watch: { intervalSecs: 0 } }, 'watch.intervalSecs'],
      [{ command, stop: { kind: 'http', path: 'stop' } }, 'stop.path'],
      [{ command, restart: { exits: 0 } }, 'restart.exits'],
      [{ command, secrets: ['A B'] }, 'secrets.0'],
      [{ command, mcpPath: 'mcp' }, 'mcpPath'],
      [{ command, transport: 'pigeon' }, 'transport'],
    ];
    for (const [fields, path] of table) {
      const checked = checkDefinition({ schema: 1, name: 'x', ...fields });
      assert.deepEqual(
        checked.kind === 'invalid' ? checked.problems.map((problem) => problem.path) : 'valid',
        [path],
        JSON.stringify(fields),
      );
    }
  });
});

describe('placeholders', () => {
  it('are filled in, and braces around anything else stay', () => {
    const values = { port: '8353', url: 'http://127.0.0.1:8353' };
    assert.equal(fill('--bind=127.0.0.1:{port}', values), '--bind=127.0.0.1:8353');
    assert.equal(fill('{"a":{"b":1}}', values), '{"a":{"b":1}}');
    assert.equal(fill('{{port}} {{{port}}}', values), '{port} {{port}}');
    assert.throws(() => fill('{nope}', values), RangeError);
    assert.throws(() => fill('{constructor}', values), RangeError);
    assert.deepEqual(namesIn('{a}{{b}}{c d}{e}}'), ['a', 'e']);
  });

  it('are never filled in twice: a value may look like one', () => {
    assert.equal(fill('{home}', { home: '/home/{port}', port: '1' }), '/home/{port}');
  });
});

describe('the spec of a definition', () => {
  const text = JSON.stringify({
    schema: 1,
    name: 'known',
    title: 'Known',
    documentation: 'https://example.com',
    commands: [{ argv: ['known', '{port}'] }],
    environment: { A: 'adapter', B: 'adapter' },
    probe: { kind: 'http', path: '/healthz' },
    exitCodes: { 0: 'yield', 3: 'refuse' },
    port: { kind: 'own', port: 4000 },
    startTimeoutSecs: 120,
  });
  const parsed = parseAdapter(text, 'known');
  assert.equal(parsed.kind, 'valid');
  const { adapter } = parsed as Extract<typeof parsed, { kind: 'valid' }>;

  it('takes what is not said from the adapter', () => {
    const spec = externalSpec(
      define({ adapter: 'known', environment: { B: 'mine' }, exitCodes: { 3: 'restart' } }),
      adapter,
    );
    assert.deepEqual(spec.environment, { A: 'adapter', B: 'mine' });
    assert.deepEqual(spec.probe, { kind: 'http', path: '/healthz', status: [200] });
    assert.deepEqual(
      [0, 3, 78, 1, null].map((code) => exitMeaning(spec, code)),
      ['yield', 'restart', 'refuse', 'restart', 'restart'],
    );
    assert.deepEqual(spec.port, { kind: 'own', port: 4000 });
    assert.equal(spec.startTimeoutSecs, 120);
  });

  it('has the port that is fixed, where the daemon has one of its own', () => {
    assert.deepEqual(externalSpec(define({ adapter: 'known', port: 5000 }), adapter).port, {
      kind: 'fixed',
      port: 5000,
    });
    const told = { command: ['x', '{url}'], port: 5000 };
    assert.deepEqual(externalSpec(define(told), undefined).port, { kind: 'told' });
    assert.deepEqual(externalSpec(define({ command: ['x'], port: 5000 }), undefined).port, {
      kind: 'fixed',
      port: 5000,
    });
    assert.deepEqual(externalSpec(define({ command: ['x'], transport: 'stdio' }), undefined).port, {
      kind: 'none',
    });
  });

  it('asks no longer than its interval, and stops stdio servers by their input', () => {
    const spec = externalSpec(
      define({ command: ['x'], transport: 'stdio', watch: { intervalSecs: 2 } }),
      undefined,
    );
    assert.deepEqual(spec.watch, { intervalSecs: 2, timeoutSecs: 2, threshold: 3 });
    assert.deepEqual(spec.stop, { kind: 'stdin' });
    assert.equal(graceMs({ kind: 'stdin' }, 10), 7000);
    assert.equal(graceMs({ kind: 'stdin', graceSecs: 2 }, 10), 2000);
    assert.equal(graceMs({ kind: 'stdin', graceSecs: 60 }, 2), 1000);
  });

  it('is kept only for the very texts it was made from', () => {
    const spec = externalSpec(define({ adapter: 'known' }), adapter);
    const key = specKey('{}', text);
    const kept = specText(key, spec);
    assert.deepEqual(parseSpec(kept, key), JSON.parse(JSON.stringify(spec)));
    for (const other of [specKey('{ }', text), specKey('{}', undefined), specKey('{}', `${text} `)]) {
      assert.equal(parseSpec(kept, other), undefined);
    }
    assert.equal(parseSpec(kept.slice(0, -10), key), undefined);
  });
});

describe('the environment of a service', () => {
  const shell = {
    PATH: [
      '/usr/bin',
      '/home/u/project/node_modules/.bin',
      'bin',
      '/home/u/.npm/_npx/abc/node_modules/.bin',
      '/usr/bin',
    ].join(':'),
    HOME: '/home/u',
    LC_ALL: 'C.UTF-8',
    https_proxy: 'http://user:secret@proxy:3128',
    SSL_CERT_FILE: '/etc/ssl/certs.pem',
    AWS_SECRET_ACCESS_KEY: 'no',
    NODE_OPTIONS: '--inspect',
    SSH_AUTH_SOCK: '/tmp/agent',
    XDG_RUNTIME_DIR: '/run/user/1',
  };

  it('takes from the shell what is on the list, and of the search path what lasts (M06, M16, L10)', {
    skip: process.platform === 'win32' && 'paths are POSIX',
  }, () => {
    assert.deepEqual(captureEnvironment(shell), {
      PATH: '/usr/bin',
      LC_ALL: 'C.UTF-8',
      https_proxy: 'http://user:secret@proxy:3128',
      SSL_CERT_FILE: '/etc/ssl/certs.pem',
    });
  });

  it('is the host’s, the captured one over it, the daemon’s own over both, and nothing else', () => {
    const host = {
      PATH: '/bin',
      HOME: '/home/u',
      XDG_RUNTIME_DIR: '/run/user/1',
      MEMORYD_X: '1',
      SECRET: 'x',
    };
    assert.deepEqual(serviceEnvironment(host, { PATH: '/usr/bin' }, { A: '1', HOME: '/other' }, false), {
      PATH: '/usr/bin',
      HOME: '/other',
      XDG_RUNTIME_DIR: '/run/user/1',
      A: '1',
    });
    assert.deepEqual(serviceEnvironment({ Path: 'a' }, { PATH: 'b' }, {}, true), { PATH: 'b' });
  });

  it('is written sorted, read back, and shown without the proxy’s password', () => {
    const text = environmentText({ b: '1', a: '2' });
    assert.ok(text.indexOf('"a"') < text.indexOf('"b"'));
    assert.deepEqual(parseEnvironment(text), { kind: 'valid', value: { a: '2', b: '1' } });
    for (const wrong of ['', '{}', '{"schema":1}', '{"schema":1,"variables":{"A":1}}']) {
      assert.equal(parseEnvironment(wrong).kind, 'invalid');
    }
    assert.equal(shownValue('HTTPS_PROXY', 'http://user:secret@proxy:3128'), 'http://***@proxy:3128');
    assert.equal(shownValue('PATH', '/a@b/c'), '/a@b/c');
  });
});

describe('secrets', () => {
  it('are read back as they were written, whatever they are', () => {
    const value = fc.string({
      unit: fc.constantFrom('a', '"', "'", '`', '\\', 'n', '\n', ' ', '#', '=', '$', 'é', '\t'),
    });
    fc.assert(
      fc.property(value, value, (A, B) => {
        let text: string;
        try {
          text = secretsText({ A, B });
        } catch {
          // Only what no quoting can hold is refused.
          return [A, B].some((one) => one.includes("'") && one.includes('`') && /["\\]/.test(one));
        }
        assert.deepEqual({ ...parseSecrets(text) }, { A, B });
        return true;
      }),
    );
  });

  it('are taken out of what is printed, the longer ones first', () => {
    const redact = redactor({ A: 'secret-one', B: 'secret-one-and-more', C: 'abc', D: 'a.*b(c' });
    assert.equal(redact('x secret-one-and-more y secret-one z abc a.*b(c'), 'x *** y *** z abc ***');
    assert.equal(redactor({ A: 'short' })('short'), 'short');
  });
});

describe('a crash loop', () => {
  it('is so many ends within the window, and no sooner', () => {
    const loop = new CrashLoop({ exits: 3, windowSecs: 10 });
    assert.deepEqual(
      [0, 5000, 10_001, 10_002].map((now) => loop.ended(now)),
      [false, false, false, true],
    );
  });
});
